"""Making weights/*.npz. Drawing the training pictures needs numpy and pillow; networks and training need torch."""
