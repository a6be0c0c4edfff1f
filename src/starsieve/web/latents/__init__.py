"""Pages of latent spaces: the map, the sliders, and what latents mean."""
