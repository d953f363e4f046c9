"""What specialists are built from: grounding, inpainting, compositing, recolouring, weather, painting, backdrops."""
