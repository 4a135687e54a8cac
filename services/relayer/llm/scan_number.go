package llm

// number reads a byte of a number. It is false when c does not belong to it and is to be read again.
func (s *scanner) number(c byte) bool {
	to, ok := s.state.afterDigit(c)
	if !ok {
		s.endNumber()
		return s.state == broken
	}
	s.hold(c)
	s.state = to
	return true
}

// afterDigit is the grammar of numbers: where c leads, if it belongs to the number.
func (at state) afterDigit(c byte) (to state, ok bool) {
	digit := '0' <= c && c <= '9'
	switch at {
	case inMinus:
		if c == '0' {
			return inZero, true
		}
		return inDigits, digit
	case inZero, inDigits:
		switch {
		case c == '.':
			return inDot, true
		case c == 'e' || c == 'E':
			return inExponent, true
		}
		return inDigits, digit && at == inDigits
	case inDot:
		return inFraction, digit
	case inFraction:
		if c == 'e' || c == 'E' {
			return inExponent, true
		}
		return inFraction, digit
	case inExponent:
		if c == '+' || c == '-' {
			return inSign, true
		}
	}
	return inPower, digit
}

// endNumber notes the number, if it is one.
func (s *scanner) endNumber() {
	switch s.state {
	case inZero, inDigits, inFraction, inPower:
		s.say(value{kind: isNumber, raw: s.raw, long: s.long})
		s.state = atNext
	default:
		s.state = broken
	}
}
