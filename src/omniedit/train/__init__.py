"""Training: recipe (settings) · buckets (one size per batch) · loader (pairs in memory) · objective (loss) · checkpoint · validation · loop."""
