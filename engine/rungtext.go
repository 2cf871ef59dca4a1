package engine

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// mostRungs is how long a ladder may be.
const mostRungs = 10

// A rung may have words of its own (RULES §1): a text of the kind "relance_2" says the second relance of
// the ladder, in the place of the "relance" of the same source. It is rendered as a relance: there is no
// such kind of message.

// rungKind is the kind of the text for a rung, from 1.
func rungKind(rung int) MessageKind { return KindRelance + MessageKind("_"+strconv.Itoa(rung)) }

// OfRung takes the kind of a text apart: relance_2 is the relance of rung 2; 0 is every rung, and of what
// is no relance.
func (k MessageKind) OfRung() (kind MessageKind, rung int) {
	digits, ok := strings.CutPrefix(string(k), string(KindRelance)+"_")
	if n, err := strconv.Atoi(digits); ok && err == nil && n >= 1 && n <= mostRungs && k == rungKind(n) {
		return KindRelance, n
	}
	return k, 0
}

// rendered is the key that the text is rendered under, and the rung it is for.
func (k TextKey) rendered() (TextKey, int) {
	kind, rung := k.Kind.OfRung()
	k.Kind = kind
	return k, rung
}

// texts are the kinds of texts that a message may be made from, the one that wins last.
func (k MessageKind) texts(rung int) []MessageKind {
	if k == KindRelance && rung > 0 {
		return []MessageKind{k, rungKind(rung)}
	}
	return []MessageKind{k}
}

// under renames a template that stands under the kind of a text to the kind it is rendered as; false when
// it is another one's.
func (k MessageKind) under(name string, ch Channel, as MessageKind) (string, bool) {
	base, subject := strings.CutSuffix(name, ".subject")
	language, ok := strings.CutSuffix(base, "/"+string(ch)+"/"+string(k))
	if !ok {
		return "", false
	}
	name = TextKey{Language: language, Channel: ch, Kind: as}.Name()
	if subject {
		name = subjectOf(name)
	}
	return name, true
}

// validateRungTexts refuses words for a rung that is not there: nobody would ever read them.
func (s *Service) validateRungTexts(f *fields) {
	for _, name := range slices.Sorted(maps.Keys(s.Texts)) {
		kind := MessageKind(strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".subject"))
		if _, rung := kind.OfRung(); rung > len(s.Ladder) {
			f.add("/texts", "no_rung", "%s is for relance %d, and the ladder has %d", name, rung, len(s.Ladder))
		}
	}
}
