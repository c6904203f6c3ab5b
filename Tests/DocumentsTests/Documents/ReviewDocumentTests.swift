import Basics
import Documents
import Testing
import Workflows

/// The page before a signature, a verdict on record, the inbox, the report for compliance: as text and as pages.
@Suite struct ReviewDocumentTests {
    /// `m/1` judged under a policy that asks for two people, one of whom has approved.
    private static func project() throws -> TestProject {
        let project = try TestProject()
        try project.write(
            """
            schemaVersion: 1
            rules:
              - {rule: metric, metric: ic, minimum: 0.999}
              - {rule: approvals, count: 2, roles: [risk, validator]}
            waivers: {roles: [risk], longestDays: 30}

            """, to: "Registry/gates/live.yaml")
        for (name, role) in [("bob", "risk"), ("carl", "validator")] {
            _ = try ManageKeys.generate(name, session: project.session)
            _ = try ManageKeys.trust(name, roles: [role], session: project.session)
        }
        try project.commitTrust()
        _ = try GateModel.run(
            "m/1", policy: "live", strategy: project.strategy, features: project.features, against: "m/2", threads: 1,
            session: project.session)
        let draft = try Self.draft(project, as: "carl", reason: "<b>read</b> & checked")
        _ = try SignStatement.sign(draft, key: "carl", session: project.session)
        return project
    }

    private static func draft(_ project: TestProject, as name: String, reason: String = "") throws
        -> SignStatement.Draft
    {
        try SignStatement.draft(
            .approval, "m/1", policy: "live", signer: name, reason: reason, session: project.session)
    }

    @Test("the page before a signature says rule, number and need, limits in money, digests, and who is missing")
    func review() throws {
        let project = try Self.project(), draft = try Self.draft(project, as: "bob")
        let document = ReviewDocument(try ReviewVersion.run(draft, session: project.session))
        let text = document.text(.plain)
        #expect(text.hasPrefix("approval for m/1 under 'live', to be signed by bob"))
        #expect(text.contains("the gate 'live' refused it at "))
        let metric = text.split(separator: "\n").first { $0.contains(" metric: ") }
        #expect(metric?.contains("required at least 0.999") == true, "\(metric ?? "")")
        #expect(text.contains("carl (validator), approval, at ") && text.contains("    counts"), "\(text)")
        // Nothing that a rule says is cut, on a narrow terminal or in the log of a pipeline.
        let rules = try ShowDecision.run("m/1", session: project.session).report.items
        for style in [TextStyle(width: 80), TextStyle(tableWidth: TextStyle.pipedTableWidth)] {
            let page = document.text(style), most = style.width ?? TextStyle.pipedTableWidth
            #expect(page.split(separator: "\n").allSatisfy { $0.count <= most }, "\(page)")
            let words = page.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
            for rule in rules { #expect(words.contains("\(rule.name): \(rule.reason)"), "\(page)") }
        }
        // 1,000,000,000 price units of four decimals are 100,000 of the currency.
        #expect(text.contains("100 lots, 100,000.00"), "\(text)")
        #expect(text.contains("10,000,000.00") && !text.contains("1000000000"))
        let earned = try #require(document.json[path: "tests.0.measures.return"]?.doubleValue)
        #expect(document.json[path: "tests.1.version"]?.stringValue == "m/2")
        #expect(text.contains("In its test, after costs\n  m/1: return \(fixed(earned * 100, 2)) %, "), "\(text)")
        #expect(text.contains("\n  m/2: return ") && document.page.html.contains("m/1: return "))
        #expect(text.contains("against m/2, weights ") && text.contains("the same features"))
        let statement = try JSONParser.parse(draft.payload)
        let weights = try #require(statement[path: "subject.0.digest.sha256"]?.stringValue)
        #expect(text.contains(String(weights.prefix(12))))
        #expect(text.contains("2 approvals of the roles risk, validator: 1 missing"))
        for columns in [60, 80, 200] { try TerminalWidthTests.check(document, columns) }
        let html = document.page.html, markup = Markup(html)
        #expect(markup.problems == [], "\(markup.problems)")
        #expect(html.contains("&lt;b&gt;read&lt;/b&gt; &amp; checked") && !html.contains("<b>read"))
        #expect(html.contains("100,000.00") && markup.count("script") == 0)
        #expect(document.json[path: "gate.passed"]?.boolValue == false)
        #expect(document.json[key: "missing"]?.listValue?.count == 1)
    }

    @Test("what is signed stands on the page as the statement has it: every value, and nothing that it does not hold")
    func signed() throws {
        let project = try Self.project()
        let draft = try Self.draft(project, as: "bob", reason: "read & checked")
        let document = ReviewDocument(try ReviewVersion.run(draft, session: project.session))
        let text = document.text(.plain), statement = try JSONParser.parse(draft.payload)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let first = try #require(lines.firstIndex(of: "What is signed")) + 1
        let block = lines[first...].prefix { !$0.isEmpty }.map { $0.split(separator: " ").joined(separator: " ") }
        func value(_ path: String) throws -> String { try #require(statement[path: path]?.stringValue, "\(path)") }
        func digits(_ path: String) throws -> String { String(try value(path).prefix(12)) }
        let expected = [
            "statement https://in-toto.io/Statement/v1", "version m/1",
            "weights \(try digits("subject.0.digest.sha256"))", "kind urn:hftml:approval:v1", "policy live",
            "policy text \(try digits("predicate.policy.digest.sha256"))",
            "lineage \(try digits("predicate.lineage.sha256"))", "signer bob", "reason read & checked",
            "signed at \(try value("predicate.signedAt"))",
            "strategy \(try digits("predicate.strategy.sha256"))",
            "it names no environment: it is for every one that asks for this policy",
        ]
        #expect(block == expected, "\(block)")
        #expect(document.json[path: "signed.weights"]?.stringValue == (try value("subject.0.digest.sha256")))
        // What the page was drawn from is there, under another heading.
        let verdict = try #require(document.json[path: "gate.decision"]?.stringValue)
        #expect(text.contains("What this page was drawn from, which is not signed"))
        #expect(text.contains(String(verdict.prefix(12))) && !draft.payload.contains(verdict))
    }

    @Test("what a person says again is one entry on a terminal, with how often, and each in the document")
    func again() throws {
        let project = try Self.project()
        let draft = try Self.draft(project, as: "carl", reason: "read again")
        _ = try SignStatement.sign(draft, key: "carl", session: project.session)
        let document = ReviewDocument(
            try ReviewVersion.run(try Self.draft(project, as: "bob"), session: project.session))
        let lines = document.text(.plain).split(separator: "\n").filter { $0.contains("carl (validator), approval") }
        #expect(lines.count == 1 && lines[0].contains(", the last of 2 times: read again"), "\(lines)")
        #expect(document.json[key: "signatures"]?.listValue?.count == 2)
    }

    @Test("a verdict on record has all forms of a report, with the same rules, and JSON says which verdict it is")
    func recorded() throws {
        let project = try Self.project()
        let recorded = try ShowDecision.run("m/1", session: project.session)
        let document = RecordedDecisionDocument(recorded)
        let list = DecisionListDocument(try ListDecisions.run(session: project.session))
        #expect(document.json[key: "decision"] == list.json[path: "decisions.0.decision"])
        #expect(document.json[key: "items"]?.listValue?.count == recorded.report.items.count)
        #expect(!document.isRefusal, "a verdict that refuses is what was asked for")
        for format in CheckReport.Format.allCases where format != .html && format != .gitlabCodeQuality {
            #expect(document.file(format) == recorded.report.text(format))
        }
        let quality = try JSONParser.parse(RecordedDecisionDocument(recorded, as: .gitlabCodeQuality).text(.plain))
        #expect(quality.listValue?.allSatisfy { $0[key: "severity"]?.stringValue == "blocker" } == true)
        #expect(quality[path: "0.location.path"]?.stringValue?.hasPrefix("Registry/gates/") == true)
        #expect(Markup(document.file(.html)).problems == [])
        for columns in [60, 80, 200] { try TerminalWidthTests.check(document, columns) }
        #expect(list.text(.plain).contains("refused") && list.text(.plain).contains("metric, approvals"))
        #expect(list.json[path: "decisions.0.intact"]?.boolValue == true)
    }

    @Test("the inbox is a line each with the command to go on with")
    func inbox() throws {
        let project = try Self.project()
        let document = InboxDocument(try Inbox.run(as: "bob", session: project.session))
        let lines = document.text(.plain).split(separator: "\n").map(String.init)
        #expect(lines.first == "bob (risk): 1 thing to look at")
        #expect(lines.dropFirst().first?.hasPrefix("approval m/1: 1 of 2 approvals missing under 'live'") == true)
        #expect(lines.last == "    hftml approve m/1 --policy Registry/gates/live.yaml --as bob")
        #expect(
            InboxDocument(try Inbox.run(as: "carl", session: project.session)).text(.plain)
                == "carl (validator): nothing waits")
    }

    @Test("a report's headline says of a version that a gate passed who has rejected it since")
    func rejectedSince() throws {
        let project = try TestProject(), session = project.session
        _ = try ManageKeys.generate("carl", session: session)
        _ = try ManageKeys.trust("carl", roles: ["risk"], session: session)
        try project.commitTrust()
        try project.write(
            "schemaVersion: 1\nrules:\n  - {rule: metric, metric: ic, minimum: -1}\n", to: "Registry/gates/live.yaml")
        var request = InitializeEnvironment.Request(environment: "paper", policy: "live")
        (request.isLocal, request.keepsExisting) = (true, true)
        _ = try InitializeEnvironment.run(request, session: session)
        _ = try GateModel.run(
            "m/1", policy: nil, strategy: project.strategy, features: project.features, against: nil, threads: 1,
            environment: "paper", key: "paper-gate", session: session)
        func headline() throws -> String {
            let report = try ReportVersion.run("m/1", session: session)
            return ReportDocument(report, asPage: false).text(.plain).replacing("\n", with: " ")
        }
        let before = try headline()
        #expect(before.contains("The gate 'live' passed it at ") && !before.contains("rejected"), "\(before)")
        let draft = try SignStatement.draft(
            .rejection, "m/1", policy: nil, for: "paper", signer: "carl", reason: "leaks", session: session)
        _ = try SignStatement.sign(draft, key: "carl", session: session)
        #expect(try headline().contains("; rejected by carl at "))
        let span = ReportDocument(
            try ReportVersion.run(since: "2000-01-01", until: nil, session: session), asPage: false)
        #expect(span.text(.plain).replacing("\n", with: " ").contains("0 rollbacks, 0 halts; 1 rejections; "))
    }

    @Test("the report is one page that needs nothing else, of a version and of a span")
    func report() throws {
        let project = try Self.project()
        let version = ReportDocument(try ReportVersion.run("m/1", session: project.session), asPage: true)
        let span = ReportDocument(
            try ReportVersion.run(since: "2000-01-01", until: nil, session: project.session), asPage: true)
        for document in [version, span] {
            let html = document.text(.plain), markup = Markup(html)
            #expect(markup.problems == [], "\(markup.problems)")
            #expect(markup.count("script") == 0 && markup.count("link") == 0 && !html.contains("http"))
            #expect(html.contains("SR 26-2 (formerly SR 11-7)") && html.contains("@media print"))
            #expect(html.contains("research desk") && html.contains("&lt;b&gt;read&lt;/b&gt;"))
            #expect(html.contains("Audit log at entry ") && html.contains("100,000.00"))
        }
        // Nobody signed the verdict for an environment, and the page does not call it the gate's.
        let headline = version.text(.plain).replacing("&#39;", with: "'")
        #expect(
            headline.contains("No gate of an environment has decided on it; a rehearsal under 'live' refused it at "))
        #expect(headline.contains(", unsigned: a rehearsal, which nobody signed"))
        #expect(span.text(.plain).contains("What happened") && span.text(.plain).contains("statement.approval"))
        #expect(span.json[key: "versions"]?.listValue?.count == 2)
        #expect(version.json[path: "scope.version"]?.stringValue == "m/1")
    }
}
