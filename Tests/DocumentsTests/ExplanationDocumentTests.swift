import Basics
import Documents
import Testing

@Suite struct ExplanationDocumentTests {
    @Test("one code is explained with the keys that scripts rely on")
    func entry() throws {
        let document = ExplanationDocument(try #require(ErrorCatalogue.entry("data.missing-object")))
        let json = document.json
        #expect(
            json.mapValue?.map(\.key)
                == ["schemaVersion", "code", "family", "meaning", "cause", "nextStep", "httpStatus"])
        #expect(json[key: "schemaVersion"]?.intValue == 1 && json[key: "httpStatus"]?.intValue == 404)
        #expect(json[key: "code"]?.stringValue == "data.missing-object" && json[key: "family"]?.stringValue == "data")
        let text = document.text(.plain)
        #expect(text.hasPrefix("data.missing-object\n"))
        #expect(text.contains("\nWhy\n") && text.contains("\nWhat to do\n") && text.contains("hftml pull"))
    }

    @Test("all codes are listed by family, those of one family with their meaning")
    func codes() {
        let all = ErrorCodesDocument(), one = ErrorCodesDocument(family: "waive")
        #expect(all.json[key: "codes"]?.listValue?.count == ErrorCatalogue.all.count)
        #expect(
            all.json[key: "codes"]?.listValue?.first?.mapValue?.map(\.key) == [
                "code", "family", "meaning", "httpStatus",
            ])
        #expect(all.text(.plain).contains("\nwaive\n  waive.expires waive.reason waive.rule"))
        #expect(one.text(.plain).contains("waive.rule\n  The policy has no rule of that name."))
    }

    @Test("lines fit the terminal", arguments: [60, 80, 200])
    func width(_ columns: Int) throws {
        let style = TextStyle(width: columns)
        let texts = [
            ErrorCodesDocument().text(style), ErrorCodesDocument(family: "data").text(style),
            ExplanationDocument(try #require(ErrorCatalogue.entry("yaml.syntax"))).text(style),
        ]
        for line in texts.flatMap({ $0.split(separator: "\n") }) { #expect(line.count <= columns, "\(line)") }
    }

    @Test("words are broken between lines and never inside")
    func wrap() {
        #expect(TextWrap.lines("", width: 40).isEmpty)
        #expect(TextWrap.lines("a bc def", width: nil, indent: "  ") == ["  a bc def"])
        #expect(
            TextWrap.lines("aaaa bbbbbbbbbb cccc dddd", width: 22, indent: "  ") == [
                "  aaaa bbbbbbbbbb cccc", "  dddd",
            ])
        #expect(TextWrap.lines(String(repeating: "x", count: 50), width: 30) == [String(repeating: "x", count: 50)])
    }
}
