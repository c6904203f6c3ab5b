import Basics
import Registry
import TestSupport
import Testing

/// An entry's hash is that of the canonical JSON of its parts, as the documented format says, whatever stands in them.
@Suite struct AuditHashTests {
    @Test("quotes, line ends, control and other characters are hashed as canonical JSON writes them")
    func canonical() throws {
        let directory = try TemporaryDirectory()
        let texts = ["plain", "", "\"\\\"", "a\nb\r\t\u{8}\u{c}", "é", "😀 and \"rows\"", "\u{7f}\u{1}\u{1f}", "/ ~ <"]
        let registry = try RegistryDatabase(directory.file("r.sqlite"), actor: "änn \"a\"@desk")
        for text in texts {
            try registry.audit(
                action: "note.\(text)", subject: .experiment(text), detail: .map([(text, .string(text))]))
        }
        let entries = try registry.auditEntries()
        #expect(entries.count == texts.count)
        var previous = String(repeating: "0", count: 64)
        for entry in entries {
            let body = JSONValue.map([
                "sequence": .int(entry.sequence), "time": .int(Int(entry.time)), "actor": .string(entry.actor),
                "action": .string(entry.action), "subject": .string(entry.subject), "detail": .string(entry.detail),
            ]).text(.canonical)
            #expect(entry.previous == previous && entry.hash == Digest.sha256(previous + body), "\(entry)")
            previous = entry.hash
        }
        #expect(try registry.verify() == [])
    }
}
