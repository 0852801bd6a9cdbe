"""Keras and TensorFlow.js layers, and the .keras file."""
