"""The stages of the pipeline in `dvc.yaml` that are not modules of their own: read, call, save."""
