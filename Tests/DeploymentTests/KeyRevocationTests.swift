import Basics
import Deployment
import ModelBundles
import Testing

/// Whose signed word ends a root key.
@Suite struct KeyRevocationTests {
    private static let day: Nanoseconds = 86_400_000_000_000
    private static let a = SigningKey(generating: "a"), b = SigningKey(generating: "b"), c = SigningKey(generating: "c")

    /// That a key is no good, dated back to the beginning.
    private static func said(
        _ key: SigningKey, by signer: SigningKey, entry: (sequence: Int, time: Nanoseconds)? = nil
    ) throws -> KeyRevocation.Said {
        let statement = KeyRevocation(keyID: key.publicKey.id, reason: "", at: 0)
        return try #require(try KeyRevocation.Said(statement.signed(by: signer), entry: entry, now: 2 * day))
    }

    @Test("an expired root key ends no other by a statement that is dated back; what the log took up in time does")
    func expired() throws {
        var old = Self.a.publicKey
        old.expiresAt = Self.day
        let root = try RootKeys(threshold: 2, keys: [old, Self.b.publicKey, Self.c.publicKey])
        let other = try Self.said(Self.c, by: Self.b)
        func isEnded(_ one: KeyRevocation.Said) -> Bool {
            !KeyRevocation.end(Self.c.publicKey, said: [one, other], root: root).isEmpty
        }
        #expect(try !isEnded(Self.said(Self.c, by: Self.a)))
        #expect(try !isEnded(Self.said(Self.c, by: Self.a, entry: (7, Self.day))))
        #expect(try isEnded(Self.said(Self.c, by: Self.a, entry: (7, Self.day - 1))))
    }

    @Test(
        "what the log took up before a root key ended itself stands; what came later, or is in a file alone, does not")
    func order() throws {
        let root = try RootKeys(threshold: 2, keys: [Self.a, Self.b, Self.c].map(\.publicKey))
        let other = try Self.said(Self.c, by: Self.b), end = try Self.said(Self.a, by: Self.a, entry: (5, 5))
        func isEnded(_ one: KeyRevocation.Said, _ end: KeyRevocation.Said) -> Bool {
            !KeyRevocation.end(Self.c.publicKey, said: [other, end, one], root: root).isEmpty
        }
        #expect(try isEnded(Self.said(Self.c, by: Self.a, entry: (4, 4)), end))
        #expect(try !isEnded(Self.said(Self.c, by: Self.a, entry: (6, 6)), end))
        #expect(try !isEnded(Self.said(Self.c, by: Self.a), end))
        #expect(try !isEnded(Self.said(Self.c, by: Self.a), Self.said(Self.a, by: Self.a)))
        #expect(!KeyRevocation.end(Self.a.publicKey, said: [end], root: root).isEmpty)
    }
}
