"""What is read for `kizashi check --lint`, `kizashi init` and the page of findings: files and evidence in, findings and proposals out."""
