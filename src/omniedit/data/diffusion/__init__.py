"""Data made with diffusion models from the Hub: inpainting, instruction editors, Prompt-to-Prompt."""
