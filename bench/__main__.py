"""All benchmarks, one after the other: `python -m bench`."""

from bench import features, online

if __name__ == "__main__":
    online.main([])
    features.main([])
