"""The model: flow (rectified flow), editnet (EditNet over SD3 blocks), codec (pixels <-> latents), text, editor (the bundle)."""
