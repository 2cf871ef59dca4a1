package grammar

import "slices"

const (
	shortest  = 5  // letters of a word in which a typo is mended: in shorter ones it is another word
	longWord  = 9  // letters from which two typos are
	mostTypos = 2  // words with typos in one text
	mostWays  = 16 // ways to mend one text that are looked at
)

// mend writes the words again with the ones nobody knows replaced by the nearest that it may be a typo
// of: every way to do so, none when a word is too short or too far from all.
func (b *book) mend(words []string) [][]string {
	ways, wrong := [][]string{words}, 0
	for i, w := range words {
		if b.known[w] || isSign(w) {
			continue
		}
		near := b.nearest(w)
		if wrong++; wrong > mostTypos || len(near) == 0 || len(ways)*len(near) > mostWays {
			return nil
		}
		next := make([][]string, 0, len(ways)*len(near))
		for _, way := range ways {
			for _, n := range near {
				mended := slices.Clone(way)
				mended[i] = n
				next = append(next, mended)
			}
		}
		ways = next
	}
	if wrong == 0 {
		return nil
	}
	return ways
}

// nearest are the words at the least distance, one or for long words two.
func (b *book) nearest(word string) []string {
	w := []rune(word)
	most := 1
	if len(w) >= longWord {
		most = 2
	}
	var out []string
	for length := len(w) - most; length <= len(w)+most; length++ {
		for _, k := range b.mendable[length] {
			switch d := distance(w, k, most); {
			case b.numbers[string(k)] > 0: // a wrong slot is worse than a question
			case d < most:
				most, out = d, []string{string(k)}
			case d == most:
				out = append(out, string(k))
			}
		}
	}
	if len(w) < shortest {
		return nil
	}
	return out
}

// distance counts the letters that are missing, too many, wrong, or swapped with their neighbour;
// more than most is most+1.
func distance(a, b []rune, most int) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	twoBefore := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		twoBefore, before, row = before, row, twoBefore
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(before[j]+1, row[j-1]+1, before[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], twoBefore[j-2]+1)
			}
		}
	}
	return min(row[len(b)], most+1)
}
