import Testing

/// Lines fit 120 columns, texts and comments included.
@Suite struct LineWidthTests {
    private static let width = 120

    /// Longer lines that are still there, by module. The number may only shrink: lower it when a line was shortened.
    private static let ratchet: [String: Int] = [:]

    @Test("no module has more long lines than before")
    func lines() throws {
        let files = try SourceTree.sources.get() + SourceTree.tests.get()
        var found: [String: [String]] = [:]
        for file in files where !file.isGenerated {
            for (number, line) in file.lines.enumerated() where line.count > Self.width {
                found["\(file.path.prefix { $0 != "/" })/\(file.module)", default: []].append(
                    "\(file.path):\(number + 1): \(line.count) columns")
            }
        }
        for (module, places) in found.sorted(by: { $0.key < $1.key }) {
            let allowed = Self.ratchet[module] ?? 0
            #expect(
                places.count <= allowed,
                """
                \(module) has \(places.count) lines over \(Self.width) columns, \(allowed) were there:\n\
                \(places.joined(separator: "\n"))
                """
            )
        }
    }
}
