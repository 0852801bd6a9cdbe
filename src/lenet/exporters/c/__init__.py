"""Model -> one C99 header: weights, forward pass and rasterizer, in float32 or int8."""
