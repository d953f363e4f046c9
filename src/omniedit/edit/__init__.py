"""Edit a photo by instruction: noise -> sampler over a guided model -> working picture -> the photo, edited -> report.

``pipeline`` is the door, ``specialists`` another behind the same interface. ``guidance`` steers the model, ``framing``
fits photos to its grid, ``carry`` and ``fidelity`` bring the edit to the photo and keep all else as it was.
"""
