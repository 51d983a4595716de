"""The wire: CloudEvents over the in-process bus or Dapr."""
