package engine

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Meaning is what a reply says. Unknown is never guessed at (RULES §4).
type Meaning string

// The meanings of a reply.
const (
	MeansStop    Meaning = "stop"
	MeansYes     Meaning = "yes"     // 1: I come; to an invitation: I want to choose
	MeansChange  Meaning = "change"  // 2
	MeansCancel  Meaning = "cancel"  // 3: I do not come
	MeansEarlier Meaning = "earlier" // tell me when an earlier slot is freed
	MeansKeep    Meaning = "keep"    // I keep what I have: no earlier one
	MeansUnknown Meaning = "unknown"
)

// phrases are whole replies, folded; a reply may have a few words of courtesy around one.
var phrases = map[string]Meaning{
	"stop": MeansStop, "stopall": MeansStop, "stop sms": MeansStop, "arret": MeansStop, "arreter": MeansStop,
	"desinscription": MeansStop, "desabonnement": MeansStop, "unsubscribe": MeansStop,

	"1": MeansYes, "oui": MeansYes, "ok": MeansYes, "d accord": MeansYes, "je viens": MeansYes, "je confirme": MeansYes,
	"je serai la": MeansYes, "je serai present": MeansYes, "je serai presente": MeansYes, "confirme": MeansYes,
	"yes": MeansYes, "i come": MeansYes, "i will come": MeansYes, "i ll come": MeansYes, "i confirm": MeansYes,
	"confirm": MeansYes, "i will be there": MeansYes,

	"2": MeansChange, "changer": MeansChange, "deplacer": MeansChange, "reporter": MeansChange, "modifier": MeansChange,
	"je veux changer": MeansChange, "je voudrais changer": MeansChange, "changer de date": MeansChange,
	"une autre date": MeansChange, "autre date": MeansChange, "change": MeansChange, "reschedule": MeansChange,
	"move": MeansChange, "another date": MeansChange,

	"3": MeansCancel, "annuler": MeansCancel, "annulation": MeansCancel, "non": MeansCancel, "je ne viens pas": MeansCancel,
	"je ne viendrai pas": MeansCancel, "je ne peux pas venir": MeansCancel, "je veux annuler": MeansCancel,
	"je voudrais annuler": MeansCancel, "no": MeansCancel, "cancel": MeansCancel, "i can not come": MeansCancel,
	"i cannot come": MeansCancel, "i can t come": MeansCancel, "i will not come": MeansCancel,

	"plus tot": MeansEarlier, "avant": MeansEarlier, "je veux plus tot": MeansEarlier, "je voudrais plus tot": MeansEarlier,
	"une date plus tot": MeansEarlier, "earlier": MeansEarlier, "sooner": MeansEarlier, "an earlier date": MeansEarlier,
	"ابكر": MeansEarlier, "موعد ابكر": MeansEarlier, "موعد اقرب": MeansEarlier, "раніше": MeansEarlier, "хочу раніше": MeansEarlier,

	"garder": MeansKeep, "je garde": MeansKeep, "garder ma date": MeansKeep, "garder mon rendez vous": MeansKeep, "pas plus tot": MeansKeep,
	"keep": MeansKeep, "keep my date": MeansKeep, "keep my appointment": MeansKeep, "not earlier": MeansKeep,
	"احتفظ بموعدي": MeansKeep, "ابقاء موعدي": MeansKeep, "залишити": MeansKeep, "залишити дату": MeansKeep, "не раніше": MeansKeep,
}

// courtesy is what people put around an answer; it changes nothing.
var courtesy = map[string]bool{
	"bonjour": true, "bonsoir": true, "merci": true, "svp": true, "stp": true, "madame": true, "monsieur": true,
	"hello": true, "hi": true, "thanks": true, "thank": true, "you": true, "please": true, "beaucoup": true, "bien": true, "sur": true,
}

// Understand reads a reply: case, accents, punctuation, courtesy and one typo in a longer word do
// not matter; two meanings in one text are unknown.
func Understand(text string) Meaning {
	words := strings.Fields(fold(text))
	if len(words) > 0 && phrases[words[0]] == MeansStop && len(words) <= 3 {
		return MeansStop
	}
	plain := words[:0:0]
	for _, w := range words {
		if !courtesy[w] {
			plain = append(plain, w)
		}
	}
	whole := strings.Join(plain, " ")
	if m, ok := phrases[whole]; ok {
		return m
	}
	if m := together(plain); m != MeansUnknown {
		return m
	}
	return misspelt(whole)
}

// together reads "1 oui" or "ok je viens": every part must say the same.
func together(words []string) Meaning {
	means := MeansUnknown
	for i := 0; i < len(words); {
		n, m := longest(words[i:])
		if n == 0 || m == MeansStop || means != MeansUnknown && m != means {
			return MeansUnknown
		}
		means, i = m, i+n
	}
	return means
}

// longest is the longest phrase the words begin with.
func longest(words []string) (int, Meaning) {
	for n := min(len(words), 5); n > 0; n-- {
		if m, ok := phrases[strings.Join(words[:n], " ")]; ok {
			return n, m
		}
	}
	return 0, MeansUnknown
}

// misspelt allows one wrong, missing, doubled or swapped letter in phrases of five letters or more,
// if everything that close means the same.
func misspelt(whole string) Meaning {
	means := MeansUnknown
	for phrase, m := range phrases {
		if len(phrase) < 5 || !oneEdit(phrase, whole) {
			continue
		}
		if means != MeansUnknown && means != m {
			return MeansUnknown
		}
		means = m
	}
	return means
}

// oneEdit tells whether a and b differ by one insertion, deletion, replacement or swap of neighbours.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) || a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// fold lowers the case, drops accents and turns everything else but letters and digits into spaces.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFKD.String(s))
}
