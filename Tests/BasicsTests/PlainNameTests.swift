import Basics
import Testing

/// Which names are one to people.
@Suite struct PlainNameTests {
    @Test(
        "capital letters, spaces, other forms of a sign, signs that are not seen and look-alikes make no other name",
        arguments: [
            ("ann", "Ann"), ("ann", "ann "), ("ann", "\u{2003}ann"), ("ann", "аnn"), ("ann", "аNN"), ("bars", "ｂars"),
            ("bars", "b\u{200B}ars"), ("office", "oﬃce"), ("АННА", "анна"), ("bob", "ВОВ"), ("top", "ΤΟΡ"),
            ("Jörg", "jo\u{308}rg"),
        ])
    func same(_ a: String, _ b: String) {
        #expect(PlainName.isSame(a, b) && PlainName.isSame(b, a))
        #expect(PlainName.distinct([a, b, a]) == [a])
        #expect(PlainName.lookalike(of: b, in: ["x", a]) == a)
    }

    @Test("other letters are other names", arguments: [("ann", "anna"), ("ann", "аня"), ("b0b", "bob"), ("l1", "ll")])
    func other(_ a: String, _ b: String) {
        #expect(!PlainName.isSame(a, b) && PlainName.distinct([a, b]) == [a, b])
    }

    @Test("what the project makes is named in letters of ASCII")
    func ascii() {
        #expect(PlainName.isPlainASCII("bars-cnn_2.1") && PlainName.isPlain("größe"))
        for name in ["größe", "bаrs", "ｂars", "a b", "..", ""] { #expect(!PlainName.isPlainASCII(name), "\(name)") }
    }
}
