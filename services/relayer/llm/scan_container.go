package llm

func (s *scanner) inArray() bool {
	d := s.depth - 1
	return s.arrays[d/64]&(1<<(d%64)) != 0
}

// open enters an object or array at the place of the value.
func (s *scanner) open(array bool) {
	s.say(value{kind: isContainer})
	if s.depth == maxDepth {
		s.state = broken
		return
	}
	d := s.depth
	s.depth++
	if d < maxPath {
		s.path[d] = s.at
	}
	if array {
		s.arrays[d/64] |= 1 << (d % 64)
		s.state, s.at = atFirst, s.element()
		return
	}
	s.arrays[d/64] &^= 1 << (d % 64)
	s.state = atFirstKey
}

func (s *scanner) close() {
	s.depth--
	s.state = atNext
}

// container is the place of the innermost open container; nil: of no interest.
func (s *scanner) container() *node {
	if s.depth > maxPath {
		return nil
	}
	return s.path[s.depth-1]
}

// element is the place of the elements of the array that is open.
func (s *scanner) element() *node {
	if n := s.container(); n != nil {
		return n.element
	}
	return nil
}

// say notes the value at the place that was read.
func (s *scanner) say(v value) {
	if s.at != nil && s.at.field != ofNothing {
		s.doc.set(s.at.field, v)
	}
}
