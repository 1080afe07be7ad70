"""What `kizashi check --lint` and the page of findings do: files and evidence in, findings out."""
