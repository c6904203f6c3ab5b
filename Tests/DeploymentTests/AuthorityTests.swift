import Basics
import Deployment
import ModelBundles
import Testing
import Trading

/// Documents, their root keys, and how the newest is followed.
@Suite struct AuthorityTests {
    static let time: Nanoseconds = 1_748_736_000_000_000_000
    static let day: Nanoseconds = 86_400_000_000_000
    static let a = SigningKey(generating: "a"), b = SigningKey(generating: "b"), c = SigningKey(generating: "c")

    static func root(_ keys: [SigningKey], threshold: Int = 1, person: String? = nil) throws -> RootKeys {
        try RootKeys(
            threshold: threshold,
            keys: keys.map {
                var key = $0.publicKey
                if let person { key.person = person }
                return key
            })
    }

    static func document(_ counter: Int, root: RootKeys, name: String = "live", signers: [SigningKey]) throws
        -> AuthorityEnvelope
    {
        let document = EnvironmentAuthority(
            name: name, counter: counter, createdAt: time, expiresAt: time + day, root: root, keys: [],
            policy: ("p", "d"), minimumCostBps: 1, limits: RiskLimits())
        var envelope = try AuthorityEnvelope(document, signer: try #require(signers.first))
        for signer in signers.dropFirst() { envelope = try envelope.signed(by: signer) }
        return envelope
    }

    static func newest(_ chain: [AuthorityEnvelope], pin: RootKeys, accepted: AuthorityEnvelope? = nil) -> String {
        do {
            let newest = try AuthorityEnvelope.newest(
                chain, pin: RootPin(environment: "live", root: pin), accepted: accepted, at: time)
            return String(newest.authority.counter)
        } catch let error as Failure { return error.code } catch { return "\(error)" }
    }

    @Test("root keys are replaced by signed steps; a key that was replaced signs nothing more")
    func rotation() throws {
        let pin = try Self.root([Self.a])
        let first = try Self.document(1, root: pin, signers: [Self.a])
        // The old key hands over to the new one: both have to sign.
        let second = try Self.document(2, root: Self.root([Self.b]), signers: [Self.a, Self.b])
        let third = try Self.document(3, root: Self.root([Self.b]), signers: [Self.b])
        #expect(Self.newest([third, first, second], pin: pin) == "3")
        #expect(Self.newest([third], pin: pin) == "authority.signatures")
        #expect(Self.newest([third], pin: pin, accepted: second) == "3")
        let grab = try Self.document(2, root: Self.root([Self.c]), signers: [Self.a])
        #expect(Self.newest([first, grab], pin: pin) == "authority.signatures")
        let late = try Self.document(4, root: pin, signers: [Self.a])
        #expect(Self.newest([late], pin: pin, accepted: third) == "authority.signatures")
    }

    @Test("an older document says nothing, two of one number are a fork, another environment's is refused")
    func order() throws {
        let pin = try Self.root([Self.a])
        let first = try Self.document(1, root: pin, signers: [Self.a])
        let second = try Self.document(2, root: pin, signers: [Self.a])
        #expect(Self.newest([first], pin: pin, accepted: second) == "2")
        let other = try Self.document(2, root: Self.root([Self.a, Self.b]), signers: [Self.a])
        #expect(Self.newest([other], pin: pin, accepted: second) == "authority.fork")
        #expect(Self.newest([second, other], pin: pin) == "authority.fork")
        // A document that root keys did not sign is none of two: anybody can write one.
        let unsigned = try Self.document(2, root: Self.root([Self.c]), signers: [Self.c])
        #expect(Self.newest([unsigned], pin: pin, accepted: second) == "authority.signatures")
        let paper = try Self.document(3, root: pin, name: "paper", signers: [Self.a])
        #expect(Self.newest([paper], pin: pin, accepted: second) == "authority.environment")
        #expect(Self.newest([], pin: pin) == "authority.missing")
    }

    @Test("a threshold counts persons: two keys of one person sign once, and a signature twice is one")
    func threshold() throws {
        let two = try Self.root([Self.a, Self.b], threshold: 2)
        #expect(try Self.newest([Self.document(1, root: two, signers: [Self.a])], pin: two) == "authority.signatures")
        #expect(try Self.newest([Self.document(1, root: two, signers: [Self.a, Self.b])], pin: two) == "1")
        #expect(
            try Self.newest([Self.document(1, root: two, signers: [Self.a, Self.a])], pin: two)
                == "authority.signatures")
        #expect(throws: Failure.self) { try Self.root([Self.a, Self.b], threshold: 2, person: "anna") }
        // Nor do capital letters, spaces, full-width and Cyrillic letters make a second person.
        for name in ["Anna", "anna ", "ａnna", "аnna", "ann\u{200B}a"] {
            let keys = zip([Self.a, Self.b], ["anna", name]).map { key, person in
                var key = key.publicKey
                key.person = person
                return key
            }
            #expect(throws: Failure.self, "\(name)") { try RootKeys(threshold: 2, keys: keys) }
            let one = try RootKeys(threshold: 1, keys: keys)
            let signed = try Self.document(1, root: one, signers: [Self.a, Self.b])
            #expect(one.persons(signing: signed.envelope, at: signed.authority.createdAt).count == 1, "\(name)")
        }
        #expect(throws: Failure.self) { try Self.root([Self.a, Self.a]) }
        #expect(throws: Failure.self) { try Self.root([], threshold: 0) }
    }

    static func dated(_ counter: Int, at time: Nanoseconds, days: Int64 = 1, root: RootKeys, by signer: SigningKey)
        throws -> AuthorityEnvelope
    {
        try AuthorityEnvelope(
            EnvironmentAuthority(
                name: "live", counter: counter, createdAt: time, expiresAt: time + days * day, root: root, keys: [],
                policy: ("p", "d"), minimumCostBps: 1, limits: RiskLimits()), signer: signer)
    }

    @Test("a root key that had expired when the document was drawn up does not count; one that expired since does")
    func expiredRoot() throws {
        func newest(expiresAt: Nanoseconds) throws -> String {
            var key = Self.a.publicKey
            key.expiresAt = expiresAt
            let root = try RootKeys(threshold: 1, keys: [key])
            return try Self.newest([Self.document(1, root: root, signers: [Self.a])], pin: root)
        }
        #expect(try newest(expiresAt: Self.time) == "authority.signatures")
        #expect(try newest(expiresAt: Self.time + 1) == "1")
    }

    @Test("an expired root key that dates back signs nothing for who has accepted a document before")
    func datedBack() throws {
        var stolen = Self.a.publicKey
        stolen.expiresAt = Self.time - Self.day
        let root = try RootKeys(threshold: 1, keys: [stolen, Self.b.publicKey])
        let first = try Self.dated(1, at: Self.time - 3 * Self.day, root: root, by: Self.a)
        let back = try Self.dated(2, at: Self.time - 2 * Self.day, days: 3000, root: Self.root([Self.c]), by: Self.a)
        let grab = try back.signed(by: Self.c)
        #expect(Self.newest([grab], pin: root, accepted: first) == "authority.signatures")
        #expect(
            try Self.newest([Self.dated(2, at: Self.time, root: root, by: Self.b)], pin: root, accepted: first) == "2")
        // Who has seen nothing yet follows what was signed while the key was good.
        let second = try Self.dated(2, at: Self.time - Self.day, root: root, by: Self.b)
        #expect(Self.newest([first, second], pin: root) == "2")
    }

    @Test("documents are not dated ahead, nor before the one they follow, nor do they count for more than ten years")
    func dates() throws {
        let pin = try Self.root([Self.a])
        let first = try Self.document(1, root: pin, signers: [Self.a])
        let minute: Nanoseconds = 60_000_000_000
        #expect(
            try Self.newest([Self.dated(2, at: Self.time - 1, root: pin, by: Self.a)], pin: pin, accepted: first)
                == "authority.dates")
        #expect(
            try Self.newest([first, Self.dated(2, at: Self.time - 1, root: pin, by: Self.a)], pin: pin)
                == "authority.dates")
        #expect(
            try Self.newest([Self.dated(1, at: Self.time + minute * 60 * 24, root: pin, by: Self.a)], pin: pin)
                == "authority.dates")
        #expect(try Self.newest([Self.dated(1, at: Self.time, days: 3650, root: pin, by: Self.a)], pin: pin) == "1")
        #expect(
            try Self.newest([Self.dated(1, at: Self.time, days: 3651, root: pin, by: Self.a)], pin: pin)
                == "authority.dates")
    }

    @Test("a trail holds every document that follows from the pin, with the keys that each of them named")
    func trail() throws {
        func document(_ counter: Int, _ key: SigningKey, signer: SigningKey) throws -> AuthorityEnvelope {
            var document = try Self.document(counter, root: Self.root([Self.a]), signers: [signer]).authority
            document.keys = [key.publicKey]
            return try AuthorityEnvelope(document, signer: signer)
        }
        let first = try document(1, Self.b, signer: Self.a), second = try document(2, Self.c, signer: Self.a)
        let stranger = try document(3, Self.a, signer: Self.b)
        let trail = DocumentTrail(
            [stranger, second, first], pin: RootPin(environment: "live", root: try Self.root([Self.a])), newest: second)
        #expect(trail.documents.map(\.counter) == [1, 2])
        #expect(Set(trail.keys.map(\.name)) == ["b", "c"])
    }

    @Test("places for anchors are signed in one order and read back; a document of before them keeps its bytes")
    func anchors() throws {
        let root = try Self.root([Self.a])
        var document = try Self.document(1, root: root, signers: [Self.a]).authority
        let before = document.json.text(.canonical)
        #expect(!before.contains("anchors"))
        let places: [EnvironmentAnchor] = [
            .timestamp("https://tsa.example/tsr", certificates: ["ab", "cd"]), .git, .directory("/mnt/worm"), .git,
        ]
        document.anchors = EnvironmentAnchor.canonical(places)
        #expect(document.anchors == EnvironmentAnchor.canonical(places.reversed()) && document.anchors?.count == 3)
        let read = try AuthorityEnvelope(AuthorityEnvelope(document, signer: Self.a).envelope.text).authority
        #expect(read == document && read.anchors == document.anchors)
        #expect(read.json.text(.canonical) == document.json.text(.canonical))
        for text in [
            "{}", "{\"git\": false}", "{\"git\": true, \"directory\": \"a\"}", "{\"directory\": 1}",
            "{\"timestamp\": \"a\"}", "{\"worm\": \"a\"}",
        ] {
            var node = document.json
            node[key: "anchors"] = .list([try JSONParser.parse(text)])
            #expect(throws: (any Error).self, "\(text)") { try EnvironmentAuthority(node) }
        }
        document.anchors = nil
        #expect(document.json.text(.canonical) == before)
        let old = try AuthorityEnvelope(AuthorityEnvelope(document, signer: Self.a).envelope.text).authority
        #expect(old.anchors == nil && old == document)
    }

    @Test("a pin is a file that reads back; its root keys are believed and nobody else's")
    func pin() throws {
        let pin = RootPin(environment: "live", root: try Self.root([Self.a, Self.b], threshold: 2))
        #expect(pin.json[key: "threshold"]?.intValue == 2 && pin.json[key: "keys"]?.listValue?.count == 2)
        #expect(
            try Self.newest([Self.document(1, root: Self.root([Self.c]), signers: [Self.c])], pin: pin.root)
                == "authority.signatures")
    }
}
