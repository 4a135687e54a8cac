package vectors

// RunRing runs ring_signature.json of dir through package ring.
func RunRing(dir string) (Result, error) {
	res := Result{Name: "ring_signature.json"}
	var file struct{}
	return res, load(dir, res.Name, &file)
}
