"""What a trained model is: score, explain, save, load, refuse."""
