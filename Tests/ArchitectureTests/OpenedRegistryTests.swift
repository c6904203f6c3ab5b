import Testing

/// A registry is opened by the session, which looks first at what Git has of it and beside it.
@Suite struct OpenedRegistryTests {
    /// Where one is opened, and why.
    private static let allowed: [String: String] = [
        "Sources/Workflows/Session/Session.swift": "the door: it refuses what a pull would replace or play over",
        "Sources/Workflows/Backup/BlankRegistry.swift":
            "one in the place of what is restored, after the same look: no session on it exists yet",
    ]

    @Test("nothing opens a registry past the look at what Git tracks beside it")
    func opened() throws {
        let found = try SourceTree.sources.get().filter { $0.code.contains(/\bRegistryDatabase\(/) }.map(\.path)
        #expect(Set(found) == Set(Self.allowed.keys), "open it by a session")
    }
}
