import Testing

/// What ends a program without a sentence, or was left for later, is not in the sources.
@Suite struct TrapTests {
    @Test("sources hold no forced try, no forced cast, no trap and no unfinished mark")
    func noTraps() throws {
        for file in try SourceTree.sources.get() where !file.isGenerated {
            for word in ["try!", " as!", "fatalError("] {
                #expect(!file.code.contains(word), "\(file.path) contains '\(word)'")
            }
            for word in ["TODO", "FIXME"] { #expect(!file.text.contains(word), "\(file.path) contains '\(word)'") }
        }
    }

    @Test("the standard streams are written in one place, which answers where Foundation's file handles trap")
    func standardStreams() throws {
        for file in try SourceTree.sources.get() {
            for word in ["FileHandle.standardOutput.write", "FileHandle.standardError.write"] {
                #expect(!file.code.contains(word), "\(file.path) contains '\(word)': use StandardStream")
            }
        }
    }
}
