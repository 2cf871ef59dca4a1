package intake

import "bytes"

// ndjson reads one object a line.
type ndjson struct {
	in *lines
}

func (s *ndjson) next() (Line, error) {
	for {
		text, long, err := s.in.next()
		if err != nil {
			return Line{}, err
		}
		if long {
			return tooLong(s.in.n), nil
		}
		if text = bytes.Trim(text, " \t\r"); len(text) == 0 {
			continue
		}
		line, _ := parseObject(s.in.n, text)
		return line, nil
	}
}
