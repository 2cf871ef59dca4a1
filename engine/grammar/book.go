package grammar

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// The words of each language. A line is a phrase: (a|b|) is one of the words between the bars or
// nothing, # any number, @ an ordinal, "the second". Case and accents do not matter. [aside] are words
// that are close to ours and no typos of them; [start] are whole texts, for they must be what the person
// meant; [automatic] are phrases anywhere in a machine's answer.
//
//go:embed *.txt
var files embed.FS

// sense is what one phrase says; a section of the files has its name.
type sense string

const (
	yes      sense = "yes"
	no       sense = "no" // bare: to an offer it is about the offer
	cancel   sense = "cancel"
	refuse   sense = "refuse" // it cannot be, and no word of what instead
	change   sense = "change"
	earlier  sense = "earlier"
	keep     sense = "keep"
	call     sense = "call"
	help     sense = "help"
	stop     sense = "stop"
	start    sense = "start" // the whole text, to the letter
	thanks   sense = "thanks"
	courtesy sense = "courtesy"
	number   sense = "number"
	choice   sense = "choice" // a phrase around a number
	machine  sense = "automatic"
	aside    sense = "aside"
)

// What stands for a number in a phrase.
const (
	anyNumber  = "#"
	anyOrdinal = "@"
)

// book is the compiled words.
type book struct {
	phrases  map[string]sense
	most     int              // words in the longest phrase
	known    map[string]bool  // every word of a phrase, and those aside
	mendable map[int][][]rune // words that a typo may be one of, by length
	starts   map[string]bool  // phrases that take a STOP back
	machines []string         // with a space at both ends
	numbers  map[string]int   // what the words for them stand for
}

// words is compiled once; what could go wrong is in the files, and the tests read them all.
var words = sync.OnceValue(func() *book {
	b, err := compile(files)
	if err != nil {
		panic("grammar: " + err.Error())
	}
	return b
})

// compile reads all files; the error names the line.
func compile(files fs.FS) (*book, error) {
	b := &book{phrases: map[string]sense{}, known: map[string]bool{}, starts: map[string]bool{}, mendable: map[int][][]rune{}, numbers: map[string]int{}}
	names, err := fs.Glob(files, "*.txt")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		lines, err := read(files, name)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			if err := b.enter(l); err != nil {
				return nil, err
			}
		}
	}
	for n := 4; n <= 9; n++ {
		b.numbers[strconv.Itoa(n)] = n
	}
	return b, nil
}

// line is one of a file.
type line struct {
	where  string
	sense  sense
	number int // of [number 2]
	text   string
}

func read(files fs.FS, name string) ([]line, error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var out []line
	now := line{}
	for n, text := range strings.Split(string(raw), "\n") {
		text = strings.TrimSpace(text)
		now.where, now.text = fmt.Sprintf("%s:%d", name, n+1), text
		switch {
		case text == "", now.sense == "" && strings.HasPrefix(text, "#"):
		case strings.HasPrefix(text, "["):
			title, digits, _ := strings.Cut(strings.Trim(text, "[]"), " ")
			now.sense = sense(title)
			if now.number, _ = strconv.Atoi(digits); now.sense == number && now.number == 0 {
				return nil, fmt.Errorf("%s: write [number 1]", now.where)
			}
		case now.sense == "":
			return nil, fmt.Errorf("%s: a phrase before the first section", now.where)
		default:
			out = append(out, now)
		}
	}
	return out, nil
}

// enter takes a line of any section.
func (b *book) enter(l line) error {
	switch l.sense {
	case yes, no, cancel, refuse, change, earlier, keep, call, help, stop, thanks, courtesy, choice:
		for _, p := range expand(foldedLine(l.text)) {
			if err := b.add(l.where, p, l.sense); err != nil {
				return err
			}
		}
	case number:
		for _, w := range fold(l.text).words {
			b.numbers[w], b.known[w] = l.number, true
		}
	case start:
		for _, p := range expand(foldedLine(l.text)) {
			b.starts[joined(strings.Fields(p))] = true
		}
	case machine:
		for _, p := range expand(foldedLine(l.text)) {
			b.machines = append(b.machines, " "+joined(strings.Fields(p))+" ")
		}
	case aside:
		for _, w := range fold(l.text).words {
			b.known[w] = true
		}
	default:
		return fmt.Errorf("%s: there is no section [%s]", l.where, l.sense)
	}
	return nil
}

// add takes one phrase, folded; its longer words are noted: a typo may be one of them.
func (b *book) add(where, text string, s sense) error {
	words := strings.Fields(text)
	if len(words) == 0 {
		return fmt.Errorf("%s: a phrase without words", where)
	}
	key := joined(words)
	if was, ok := b.phrases[key]; ok && was != s {
		return fmt.Errorf("%s: %q is [%s] already", where, key, was)
	}
	b.phrases[key], b.most = s, max(b.most, len(words))
	for _, w := range words {
		if n := utf8.RuneCountInString(w); !b.known[w] && n >= shortest {
			b.mendable[n] = append(b.mendable[n], []rune(w))
		}
		b.known[w] = true
	}
	return nil
}

// structure is what a line is built with; the rest of it is folded.
var structure = regexp.MustCompile(`[^()|#@]+`)

func foldedLine(text string) string {
	return structure.ReplaceAllStringFunc(text, func(s string) string { return " " + joined(fold(s).words) + " " })
}

// expand writes out the alternatives of a line, which may be nested.
func expand(text string) []string {
	open := strings.IndexByte(text, '(')
	if open < 0 {
		return []string{text}
	}
	depth, from := 0, open+1
	var options []string
	for i := open; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 1 && text[i] == '|' || depth == 0 {
			options = append(options, text[from:i])
			from = i + 1
		}
		if depth == 0 {
			break
		}
	}
	rest := expand(text[from:])
	var out []string
	for _, o := range options {
		for _, first := range expand(o) {
			for _, last := range rest {
				out = append(out, text[:open]+first+last)
			}
		}
	}
	return out
}

// automatic tells whether a machine wrote it.
func (b *book) automatic(words []string) bool {
	text := " " + joined(words) + " "
	return slices.ContainsFunc(b.machines, func(m string) bool { return strings.Contains(text, m) })
}
