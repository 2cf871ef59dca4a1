// Package grammar reads what people answer by SMS (RULES §4, "Replies").
//
// It knows French, English, Arabic and Ukrainian, all at once, because people mix them; the words are
// in one file a language. Every word of a text must be one it knows and all of them must say the same
// thing: what is left over, and two meanings in one text, are Unknown. Nothing is guessed. So a date, a
// sentence that happens to hold a digit, or a negation of something known are never answers.
//
// Reading is a function of the question and the text alone, and safe for concurrent use.
package grammar

import (
	"slices"
	"unicode/utf8"
)

// Question is what the person was asked last.
type Question string

// The questions. Only offers change how a number and a bare no are read.
const (
	Nothing     Question = ""            // nothing is open any more
	Invitation  Question = "invitation"  // choose an appointment
	Appointment Question = "appointment" // 1: I come, 2: change, 3: cancel
	Offer       Question = "offer"       // 1, 2 or 3: the slot
	FreedSlot   Question = "freed_slot"  // 1: I take the earlier slot, 2: I keep mine
)

// Meaning is what a text says.
type Meaning string

// The meanings.
const (
	Yes       Meaning = "yes"       // 1: I come; to an invitation: I want to choose
	Change    Meaning = "change"    // 2
	Cancel    Meaning = "cancel"    // 3: I do not come
	Choice    Meaning = "choice"    // a slot of an offer; Reading.Choice says which
	Decline   Meaning = "decline"   // none of the slots of an offer
	Earlier   Meaning = "earlier"   // tell me when an earlier slot is freed
	Keep      Meaning = "keep"      // I keep what I have: no earlier one; 2 to a freed slot
	Call      Meaning = "call"      // call me
	Help      Meaning = "help"      // who are you, what can I write
	Stop      Meaning = "stop"      // no more SMS
	Start     Meaning = "start"     // takes a STOP back
	Thanks    Meaning = "thanks"    // nothing that wants an answer
	Automatic Meaning = "automatic" // a machine answered in the person's place
	Unknown   Meaning = "unknown"   // for people to read
)

// Reading is a text understood, or not.
type Reading struct {
	Meaning Meaning
	Choice  int // from 1, of a Choice
}

// mostWords bounds what can be an answer; longer is a letter, for people to read.
const mostWords = 40

// Read says what a text means as an answer to the question. Case, accents, punctuation, courtesy, a
// smiley and a typo in a longer word do not matter.
func Read(q Question, text string) Reading {
	t := fold(text)
	b := words()
	switch {
	case len(t.words) == 0:
		return Reading{Meaning: Unknown}
	case t.words[0] == "stop" && len(t.words) <= 3: // whatever follows: never argue with a STOP
		return Reading{Meaning: Stop}
	case b.starts[joined(slices.DeleteFunc(slices.Clone(t.words), isSign))]:
		return Reading{Meaning: Start}
	case len(t.words) <= mostWords:
		if r := b.read(q, t); r.Meaning != Unknown {
			return r
		}
	}
	if b.automatic(t.words) {
		return Reading{Meaning: Automatic}
	}
	return Reading{Meaning: Unknown}
}

// read understands the words as they are, or else with the typos mended, if every way to mend them
// says the same.
func (b *book) read(q Question, t folded) Reading {
	if said, ok := b.parse(t.words); ok {
		return said.answer(q, t.asks)
	}
	out := Reading{Meaning: Unknown}
	for _, mended := range b.mend(t.words) {
		said, ok := b.parse(mended)
		if !ok {
			continue
		}
		r := said.answer(q, t.asks)
		if out.Meaning != Unknown && r != out {
			return Reading{Meaning: Unknown}
		}
		out = r
	}
	return out
}

// parse cuts the words into phrases, the longest first; false when something is left over.
func (b *book) parse(words []string) (said, bool) {
	s := said{meant: map[sense]bool{}}
	for i := 0; i < len(words); {
		n, what, which := b.longest(words[i:])
		switch {
		case n == 0 && isSign(words[i]): // decoration
			n = 1
		case n == 0:
			return s, false
		case what == choice && !slices.Contains(s.numbers, which):
			s.numbers = append(s.numbers, which)
		case what != choice && what != courtesy:
			s.meant[what] = true
		}
		i += n
	}
	return s, true
}

// longest is the longest phrase the words begin with, and the number in one around a number; 0 when
// there is none.
func (b *book) longest(words []string) (n int, what sense, which int) {
	for n := min(len(words), b.most); n > 0; n-- {
		if s, ok := b.phrases[joined(words[:n])]; ok {
			return n, s, 0
		}
		if which := b.around(words[:n]); which > 0 {
			return n, choice, which
		}
	}
	return 0, "", 0
}

// around is the number in a phrase around one; 0 when the words are none.
func (b *book) around(words []string) int {
	for i, w := range words {
		which := b.numbers[w]
		if which == 0 {
			continue
		}
		open := slices.Clone(words)
		open[i] = anyNumber
		_, ok := b.phrases[joined(open)]
		if open[i] = anyOrdinal; !ok && utf8.RuneCountInString(w) > 1 {
			_, ok = b.phrases[joined(open)]
		}
		if ok {
			return which
		}
	}
	return 0
}

// said is all that a text says.
type said struct {
	meant   map[sense]bool // without courtesy
	numbers []int          // each once
}

// only tells whether nothing but these is meant, and something is.
func (s *said) only(of ...sense) bool {
	found := 0
	for _, m := range of {
		if s.meant[m] {
			found++
		}
	}
	return found > 0 && found == len(s.meant)
}

// answer is what it means as an answer; asks is set when the text asks something: nothing that is hard
// to take back is read from a question.
func (s said) answer(q Question, asks bool) Reading {
	if s.only(thanks) && len(s.numbers) == 0 {
		return Reading{Meaning: Thanks}
	}
	delete(s.meant, thanks)
	r := Reading{Meaning: Unknown}
	switch {
	case len(s.numbers) > 1:
	case q == Offer:
		r = s.toOffer()
	case q == FreedSlot:
		r.Meaning = s.toFreed()
	default:
		r.Meaning = s.plain()
	}
	if r.Meaning == Cancel && asks {
		r.Meaning = Unknown
	}
	return r
}

// toOffer reads an answer to an offer: a number is a slot, a no is about the slots.
func (s said) toOffer() Reading {
	switch {
	case len(s.numbers) == 0 && s.only(no, refuse):
		return Reading{Meaning: Decline}
	case len(s.numbers) == 0:
		return Reading{Meaning: s.plain()}
	case len(s.meant) == 0 || s.only(yes):
		return Reading{Meaning: Choice, Choice: s.numbers[0]}
	}
	return Reading{Meaning: Unknown}
}

// toFreed reads an answer to the offer of one earlier slot: take it, or keep mine.
func (s said) toFreed() Meaning {
	if len(s.numbers) == 1 {
		answers := []sense{yes, keep}
		if s.numbers[0] > len(answers) {
			return Unknown
		}
		s.meant[answers[s.numbers[0]-1]] = true
		s.numbers = nil
	}
	if s.only(keep, no, refuse) {
		return Keep
	}
	return s.plain()
}

// plain reads what has to do with no slot; a number is one of the three answers to a reminder. Who
// cannot come and says what they want instead wants that; who only cannot is not guessed at.
func (s said) plain() Meaning {
	if len(s.numbers) == 1 {
		answers := []sense{yes, change, cancel}
		if s.numbers[0] > len(answers) {
			return Unknown
		}
		s.meant[answers[s.numbers[0]-1]] = true
	}
	for m, of := range map[Meaning][]sense{
		Yes: {yes}, Change: {change, refuse}, Cancel: {cancel, no, refuse}, Call: {call, refuse}, Help: {help}, Stop: {stop},
		Earlier: {earlier}, Keep: {keep},
	} {
		if s.only(of...) && !s.only(refuse) {
			return m
		}
	}
	return Unknown
}
