package vectors

// RunRelayHash runs relay_hash.json of dir through package relay.
func RunRelayHash(dir string) (Result, error) {
	res := Result{Name: "relay_hash.json"}
	var file struct{}
	return res, load(dir, res.Name, &file)
}
