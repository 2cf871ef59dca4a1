package intake

import "strings"

// fault is what is wrong with the quotes of a row.
type fault uint8

const (
	whole    fault = iota // nothing
	unclosed              // a quoted cell does not end
	stray                 // text follows a closing quote
)

// separator is the character that separates most in a line: a spreadsheet set to French
// writes semicolons.
func separator(line []byte) byte {
	best, most := byte(','), 0
	for _, c := range []byte{',', ';', '\t'} {
		n, quoted := 0, false
		for _, b := range line {
			switch {
			case b == '"':
				quoted = !quoted
			case b == c && !quoted:
				n++
			}
		}
		if n > most {
			best, most = c, n
		}
	}
	return best
}

// split cuts a row into its cells (RFC 4180). A quote inside a cell that does not begin with
// one is just a character.
func split(row string, comma byte) ([]string, fault) {
	cells := make([]string, 0, 1+strings.Count(row, string(comma)))
	for {
		start := strings.TrimLeft(row, " ")
		if !strings.HasPrefix(start, `"`) {
			end := strings.IndexByte(row, comma)
			if end < 0 {
				return append(cells, row), whole
			}
			cells, row = append(cells, row[:end]), row[end+1:]
			continue
		}
		cell, rest, ok := quoted(start[1:])
		if !ok {
			return cells, unclosed
		}
		cells, rest = append(cells, cell), strings.TrimLeft(rest, " ")
		if rest == "" {
			return cells, whole
		}
		if rest[0] != comma {
			return cells, stray
		}
		row = rest[1:]
	}
}

// quoted reads a cell after its opening quote, to after its closing one.
func quoted(s string) (cell, rest string, ok bool) {
	for i := 0; ; {
		n := strings.IndexByte(s[i:], '"')
		if n < 0 {
			return "", "", false
		}
		if i += n; i+1 < len(s) && s[i+1] == '"' {
			i += 2
			continue
		}
		return strings.ReplaceAll(s[:i], `""`, `"`), s[i+1:], true
	}
}

// trimRight leaves out empty cells at the end, down to n cells.
func trimRight(cells []string, n int) []string {
	for len(cells) > n && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}
