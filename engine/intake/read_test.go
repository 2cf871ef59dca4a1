package intake_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"relance/engine"
	"relance/engine/intake"
)

// shown is a line as the tests compare it: "3 ok reference|first|last|phone|email|fr|cal|[sms]"
// or "3 syntax /pointer".
func shown(l intake.Line) string {
	if l.Err == nil {
		p := l.Person
		return fmt.Sprintf("%d ok %s|%s|%s|%s|%s|%s|%s|%v", l.N, p.ExternalID, p.FirstName, p.LastName, p.Phone, p.Email, p.Language, p.Referent, l.Channels)
	}
	s := fmt.Sprint(l.N)
	for _, f := range l.Err.Fields {
		s += " " + strings.TrimSpace(f.Code+" "+f.Pointer)
	}
	if len(l.Err.Fields) == 0 {
		s += " " + string(l.Err.Code)
	}
	return s
}

func reads(t *testing.T, f intake.Format, text string, want ...string) {
	t.Helper()
	for name, r := range map[string]io.Reader{
		"whole":       strings.NewReader(text),
		"by byte":     iotest.OneByteReader(strings.NewReader(text)),
		"end at once": iotest.DataErrReader(strings.NewReader(text)),
	} {
		got := []string{}
		for line := range intake.Read(r, f) {
			got = append(got, shown(line))
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%s, %.80q:\ngot  %q\nwant %q", name, text, got, want)
		}
	}
}

func TestFormatOf(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]intake.Format{
		"application/json":                          intake.JSON,
		"Application/JSON; charset=UTF-8":           intake.JSON,
		"application/x-ndjson":                      intake.NDJSON,
		"application/jsonl":                         intake.NDJSON,
		"text/csv":                                  intake.CSV,
		`text/csv; charset="utf-8"; header=present`: intake.CSV,
		"text/csv; charset=windows-1252":            "",
		"text/plain":                                "",
		"":                                          "",
		"text/csv; charset":                         "",
	} {
		got, err := intake.FormatOf(contentType)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v; want %q", contentType, got, err, want)
		}
		if err != nil && engine.CodeOf(err) != engine.CodeInvalid {
			t.Errorf("%q is refused with %v", contentType, err)
		}
	}
}

func TestNDJSON(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 64<<10)
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"nothing": {"", nil},
		"spaces":  {"\n\r\n  \n\t\n", nil},
		"all fields": {
			`{"external_id":"7","first_name":"Zoé","last_name":"N'Guyen","phone":"06 12","email":"a@b.fr","language":"ar","referent":"cal_1","channels":["sms","email"]}`,
			[]string{"1 ok 7|Zoé|N'Guyen|06 12|a@b.fr|ar|cal_1|[sms email]"},
		},
		"mark, CRLF, empty lines, no last end": {
			"\ufeff{\"phone\":\"1\"}\r\n\r\n \t{ \"phone\" : \"2\" } \r\n\n{\"email\":\"c\"}",
			[]string{"1 ok |||1||||[]", "3 ok |||2||||[]", "5 ok ||||c|||[]"},
		},
		"escapes": {
			`{"\u0070hone":"\u002b33\/6\"","last_name":"\ud83d\ude00\n"}`,
			[]string{"1 ok ||😀\n|+33/6\"||||[]"},
		},
		"null is left out": {`{"phone":null,"channels":null,"email":"x"}`, []string{"1 ok ||||x|||[]"}},
		"an empty object":  {`{}`, []string{"1 ok |||||||[]"}},
		"a bad line alone": {
			"{\"phone\":\"1\"}\n{\"phone\":\n{\"phone\":\"3\"}\n",
			[]string{"1 ok |||1||||[]", "2 syntax", "3 ok |||3||||[]"},
		},
		"every mistake at once": {
			`{"phone":612345678,"Phone":"x","adresse":{"rue":["1",{"a":null}]},"email":"a","email":"b","channels":"sms","language":{}}`,
			[]string{"1 not_a_string /phone unknown_field /Phone unknown_field /adresse twice /email not_strings /channels not_a_string /language"},
		},
		"a name that may be a number is not repeated": {`{"0612345678":"x"}`, []string{"1 unknown_field"}},
		"not objects": {
			"[]\n\"x\"\n12\ntrue\nnull\n[{\"phone\":\"1\"}]",
			[]string{"1 not_an_object", "2 not_an_object", "3 not_an_object", "4 not_an_object", "5 not_an_object", "6 not_an_object"},
		},
		"not JSON": {
			strings.Join([]string{`{`, `{}}`, `{} x`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{a:1}`, `{"phone":"`, `{"phone":"\`, `{"phone":"\x"}`, `{"phone":"\u12"}`, `nul`, `{"a":01}`, `{"a":-}`, "{\"phone\":\"a\tb\"}", `{"a":[1,]}`, `{"a":{"b"}}`, `'x'`, `{"phone":'x'}`, `{"a":tru}`}, "\n"),
			func() (want []string) {
				for i := range 22 {
					want = append(want, fmt.Sprint(i+1, " syntax"))
				}
				return want
			}(),
		},
		"values of every kind are skipped": {`{"a":[],"b":{},"c":[1,-2.5e+3,true,false,null,"x"],"d":{"e":{"f":[[]]}}}`,
			[]string{"1 unknown_field /a unknown_field /b unknown_field /c unknown_field /d"}},
		"too deep":  {`{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}\n{}", []string{"1 syntax", "2 ok |||||||[]"}},
		"not UTF-8": {"{\"last_name\":\"Ren\xe9\"}\n{}", []string{"1 charset", "2 ok |||||||[]"}},
		"UTF-16":    {"\xff\xfe{\x00}\x00", []string{"1 charset"}},
		"too long": {
			`{"phone":"` + long + "\"}\n" + `{"phone":"2"}` + "\n" + long + "\n" + long + "x\n" + long + long + long,
			[]string{"1 too_long", "2 ok |||2||||[]", "3 syntax", "4 too_long", "5 too_long"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads(t, intake.NDJSON, test.text, test.want...)
		})
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 64<<10)
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"empty":          {"", []string{"1 syntax"}},
		"spaces":         {" \n", []string{"1 syntax"}},
		"no array":       {`{"phone":"1"}`, []string{"1 syntax"}},
		"an empty array": {" [ ] \n", nil},
		"elements": {
			"\ufeff[\n{\"phone\":\"1\"},\n {\"email\":\"],}\\\"{\"} , {}]\n",
			[]string{"1 ok |||1||||[]", "2 ok ||||],}\"{|||[]", "3 ok |||||||[]"},
		},
		"mistakes that are JSON": {
			`[{"phone":1},{"x":[{}]},3,"a",[],null,-1.5 ,{"phone":"8"}]`,
			[]string{"1 not_a_string /phone", "2 unknown_field /x", "3 not_an_object", "4 not_an_object", "5 not_an_object", "6 not_an_object", "7 not_an_object", "8 ok |||8||||[]"},
		},
		"a broken element":       {`[{"phone":"1"},{"phone":},{"phone":"3"}]`, []string{"1 ok |||1||||[]", "2 syntax"}},
		"brackets do not match":  {`[{"phone":"1"},{"phone":"2"],{"phone":"3"}]`, []string{"1 ok |||1||||[]", "2 syntax"}},
		"a bare word":            {`[{"phone":"1"},oops,{"phone":"3"}]`, []string{"1 ok |||1||||[]", "2 syntax"}},
		"a comma too many":       {`[{"phone":"1"},]`, []string{"1 ok |||1||||[]", "2 syntax"}},
		"a comma first":          {`[,{}]`, []string{"1 syntax"}},
		"a comma too few":        {`[{"phone":"1"} {"phone":"2"}]`, []string{"1 ok |||1||||[]", "2 syntax"}},
		"cut between elements":   {`[{"phone":"1"}`, []string{"1 ok |||1||||[]", "2 syntax"}},
		"cut after a comma":      {`[{"phone":"1"},`, []string{"1 ok |||1||||[]", "2 syntax"}},
		"cut inside an element":  {`[{"phone":"1"},{"pho`, []string{"1 ok |||1||||[]", "2 syntax"}},
		"cut at once":            {`[`, []string{"1 syntax"}},
		"something after it":     {`[{"phone":"1"}] {}`, []string{"1 ok |||1||||[]", "2 syntax"}},
		"not UTF-8":              {"[{\"phone\":\"\xe9\"},{}]", []string{"1 charset", "2 ok |||||||[]"}},
		"too long, then another": {`[{"phone":"` + long + `"},{"phone":"2"}]`, []string{"1 too_long", "2 ok |||2||||[]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads(t, intake.JSON, test.text, test.want...)
		})
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 64<<10)
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"all columns": {
			"external_id,first_name,last_name,phone,email,language,referent,channels\n7,Zoé,N'Guyen,06 12,a@b.fr,ar,cal_1,sms email\n",
			[]string{"2 ok 7|Zoé|N'Guyen|06 12|a@b.fr|ar|cal_1|[sms email]"},
		},
		"as a French spreadsheet writes": {
			"\ufeffRéférence;Prénom;NOM;Téléphone portable;Courriel;Langue;Canaux\r\n7;Zoé;\"de \"\"La\"\" Rue; dite Z\";06 12;;;SMS, courriel\r\n;;;;;;\r\n\r\n8;;Ly;;x@y.fr;fr;\r\n",
			[]string{`2 ok 7|Zoé|de "La" Rue; dite Z|06 12||||[sms email]`, "5 ok 8||Ly||x@y.fr|fr||[]"},
		},
		"tabs":              {"nom\ttel\nA;B,C\t1", []string{"2 ok ||A;B,C|1||||[]"}},
		"one column":        {"phone\n1\n\"2\"\n", []string{"2 ok |||1||||[]", "3 ok |||2||||[]"}},
		"quoted titles":     {"\"nom\",\"e-mail\"\n\"A\" , \"b\" \n", []string{"2 ok ||A||b|||[]"}},
		"a cell over lines": {"nom,tel\n\"A\n\nB\",1\nC,2\n", []string{"2 ok ||A\n\nB|1||||[]", "5 ok ||C|2||||[]"}},
		"quotes in a cell":  {"nom,tel\nJean \"Jo\" B,1\n", []string{"2 ok ||Jean \"Jo\" B|1||||[]"}},
		"an open quote fails its line only": {
			"nom,tel\n\"A,1\nB,2\n\"C,3\nD,4\n",
			[]string{"2 quotes", "3 ok ||B|2||||[]", "4 quotes", "5 ok ||D|4||||[]"},
		},
		"text after a quote": {"nom,tel\n\"A\"B,1\nC,2\n", []string{"2 quotes", "3 ok ||C|2||||[]"}},
		"too few and too many": {
			"nom,tel,email\nA,1\nB,1,2,3\nC,1,,\nD,1,2,,\n",
			[]string{"2 columns", "3 columns", "4 ok ||C|1||||[]", "5 ok ||D|1|2|||[]"},
		},
		"empty last titles":    {"nom;tel;;\nA;1;;\nB;1;x;\n", []string{"2 ok ||A|1||||[]", "3 columns"}},
		"not UTF-8":            {"nom,tel\nRen\xe9,1\nB,2\n\"C\n\xe9\",3\nD,4", []string{"2 charset", "3 ok ||B|2||||[]", "4 quotes", "5 charset", "6 ok ||D|4||||[]"}},
		"too long":             {"nom,tel\n" + long + ",1\nB,2\n\"" + long[:64<<10-5] + "\n" + long + "\",3\nD,4", []string{"2 too_long", "3 ok ||B|2||||[]", "4 quotes", "5 too_long", "6 ok ||D|4||||[]"}},
		"an unknown column":    {"nom,adresse,tel\nA,x,1\n", []string{"1 unknown_column /header/1"}},
		"columns without name": {"nom,,tel,06123\n", []string{"1 unknown_column /header/1 unknown_column /header/3"}},
		"a column twice":       {"tel,nom,mobile\n", []string{"1 twice /header/2"}},
		"no titles":            {"Dupont,0612345678\n", []string{"1 no_header /header"}},
		"nothing":              {"", []string{"1 no_header"}},
		"only empty lines":     {"\n\r\n \n", []string{"1 no_header"}},
		"titles not UTF-8":     {"pr\xe9nom,tel\n", []string{"1 no_header"}},
		"open quote in title":  {"\"nom,tel\nA,1\n", []string{"1 no_header"}},
		"titles only":          {"nom,tel", nil},
		"UTF-16":               {"\xfe\xff\x00n", []string{"1 charset"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads(t, intake.CSV, test.text, test.want...)
		})
	}
}

// TestNothingIsQuoted: what is refused may be somebody's name or number.
func TestNothingIsQuoted(t *testing.T) {
	t.Parallel()
	const secret = "0612345678"
	for f, texts := range map[intake.Format][]string{
		intake.NDJSON: {`{"phone":"` + secret + `}`, `{"` + secret + `":1}`, `{"phone":` + secret + `}`, `{"x@y.fr` + secret + `":[]}`, secret, `{"channels":["` + secret + `}`},
		intake.JSON:   {`[{"phone":` + secret + `},` + secret + `,{"phone":"` + secret + `]`, secret},
		intake.CSV:    {secret, "tel," + secret, "tel\n\"" + secret, "tel\n\"a\"" + secret, "tel\n1," + secret},
	} {
		for _, text := range texts {
			for line := range intake.Read(strings.NewReader(text), f) {
				if line.Err == nil {
					continue
				}
				if said := fmt.Sprint(line.Err, line.Err.Fields); strings.Contains(said, secret) {
					t.Errorf("%s %q: %s", f, text, said)
				}
			}
		}
	}
}

// TestMessages are words for whoever made the file.
func TestMessages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		f          intake.Format
		text, want string
	}{
		{intake.CSV, "nom;adresse\n", `column 2 ("adresse") is not known`},
		{intake.CSV, "nom;tel\nA\n", "1 columns instead of 2"},
		{intake.JSON, `[{},{"phone":}]`, "element 2 is not valid JSON; the elements before it are kept"},
		{intake.NDJSON, `{"phone" "1"}`, "byte 10"},
	} {
		said := ""
		for line := range intake.Read(strings.NewReader(test.text), test.f) {
			if line.Err != nil {
				said = line.Err.Message
			}
		}
		if !strings.Contains(said, test.want) {
			t.Errorf("%q says %q, want %q", test.text, said, test.want)
		}
	}
}

// TestBrokenOff: an upload that ends in an error is no mistake of its last line.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection reset")
	for f, text := range map[intake.Format]string{
		intake.JSON:   `[{"phone":"1"},{"phone":"2`,
		intake.NDJSON: "{\"phone\":\"1\"}\n{\"phone\":\"2",
		intake.CSV:    "tel\n1\n\"2",
	} {
		var got []string
		var last *engine.Error
		for line := range intake.Read(io.MultiReader(strings.NewReader(text), iotest.ErrReader(cause)), f) {
			got = append(got, shown(line))
			last = line.Err
		}
		if len(got) != 2 || !strings.Contains(got[0], "ok") || engine.CodeOf(last) != engine.CodeUnavailable || !errors.Is(last, cause) {
			t.Errorf("%s: %q, %v", f, got, last)
		}
	}
}

func ExampleRead() {
	list := "Nom;Téléphone\nMartin;06 12 34 56 78\nDurand\n"
	for line := range intake.Read(strings.NewReader(list), intake.CSV) {
		if line.Err != nil {
			fmt.Println(line.N, line.Err.Message)
			continue
		}
		fmt.Println(line.N, line.Person.LastName)
	}
	// Output:
	// 2 Martin
	// 3 the line has 1 columns instead of 2; quote cells that contain the separator
}
