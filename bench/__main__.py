"""All benchmarks, one after the other: `python -m bench`."""

from bench import explain, features, online, review, serve

if __name__ == "__main__":
    online.main([])
    features.main([])
    explain.main([])
    serve.main([])
    review.main([])
