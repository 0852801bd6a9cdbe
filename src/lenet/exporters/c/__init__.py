"""A model as one C99 header: weights, forward pass and rasterizer, in float32 and in int8."""
