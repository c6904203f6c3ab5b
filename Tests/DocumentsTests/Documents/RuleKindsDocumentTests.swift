import Basics
import Documents
import Testing
import Workflows

/// The list of rules that a policy may name.
@Suite struct RuleKindsDocumentTests {
    @Test("every kind of rule stands there with what it asks and its options, and no line is wider than the screen")
    func all() throws {
        let document = RuleKindsDocument(try ListRules.run())
        for width in [80, 120] {
            let lines = document.text(TextStyle(width: width)).split(separator: "\n")
            #expect(lines.allSatisfy { DisplayWidth.columns($0) <= width }, "\(width)")
            #expect(lines.contains { $0.hasPrefix("not-worse-than-incumbent ") })
            // Nothing is cut: what is asked is what somebody writes by.
            #expect(!lines.contains { $0.contains("…") })
        }
        let text = document.text(TextStyle.plain)
        #expect(text.contains("needs some of: metric, minimum, maximum"))
        #expect(text.contains("maximumIndex") && !text.contains("needs some of: maximumIndex"))
        let rules = document.json[key: "rules"]?.listValue ?? []
        #expect(rules.count == 27 && rules.allSatisfy { $0[key: "what"]?.stringValue?.isEmpty == false })
        #expect(document.json[key: "policyKeys"]?.listValue?.contains { $0.stringValue == "waivers" } == true)
    }

    @Test("one rule alone is listed by its name, and a name that is none is told with the nearest")
    func one() throws {
        let document = RuleKindsDocument(try ListRules.run("metric"))
        let rules = document.json[key: "rules"]?.listValue ?? []
        #expect(rules.count == 1 && rules[0][key: "standsAlone"]?.boolValue == false)
        let error = #expect(throws: ConfigError.self) { _ = try ListRules.run("latancy") }
        #expect(error?.hint == "did you mean 'latency'?")
    }
}
