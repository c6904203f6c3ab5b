import Foundation
import Testing

/// Nothing reads the environment, the working directory or a global behind the caller's back, and a library never ends
/// the process.
@Suite struct ProcessStateTests {
    private static let words = [
        "ProcessInfo.processInfo.environment", "getenv(", "signal(", "exit(", "changeCurrentDirectoryPath",
        "currentDirectoryPath", "chdir(",
    ]

    /// Where one of them is right, and why.
    private static let allowed: [String: String] = [
        "Sources/Basics/Paths.swift currentDirectoryPath":
            "a relative path is relative to where the person stands",
        "Sources/CKernels/dispatch.c getenv(":
            "HFTML_KERNEL_LEVEL lowers the instruction set to compare levels; a run records its name",
        "Sources/Workflows/Session/Caller.swift ProcessInfo.processInfo.environment":
            "the edge of the process: read once and passed down",
        "Sources/hftml-runtime/RuntimeOptions.swift ProcessInfo.processInfo.environment":
            "PWD shows the links by which the person came to where they stand",
        "Sources/hftml/Running/Interruption.swift signal(":
            "the program notices Ctrl-C and ends at a safe place",
        "Sources/hftml/Hftml.swift exit(":
            "the program itself ends with the exit status of its command",
        "Sources/hftml/Rendering/Terminal.swift ProcessInfo.processInfo.environment":
            "NO_COLOR, TERM and CI say what the terminal shows",
    ]

    /// Whether `word` stands in a line as a word of its own and not as a member, such as `child.signal(SIGKILL)`.
    private static func contains(_ line: Substring, _ word: String) -> Bool {
        line.ranges(of: word).contains { range in
            guard range.lowerBound > line.startIndex else { return true }
            let before = line[line.index(before: range.lowerBound)]
            let isOwn = !(before.isLetter || before.isNumber || before == "_" || (before == "." && word.hasSuffix("(")))
            return isOwn && !line[..<range.lowerBound].hasSuffix("func ")
        }
    }

    @Test("process-wide state is touched only where the table says why")
    func processState() throws {
        var found: Set<String> = []
        let sources = try SourceTree.sources.get().map { ($0.path, $0.code) }
        let native = try FileManager.default.subpathsOfDirectory(atPath: "\(SourceTree.root)/Sources")
            .filter { $0.hasSuffix(".c") || $0.hasSuffix(".h") }.map {
                ("Sources/\($0)", try SourceTree.read("Sources/\($0)"))
            }
        for (path, code) in sources + native {
            for (number, line) in code.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                for word in Self.words where Self.contains(line, word) {
                    let key = "\(path) \(word)"
                    found.insert(key)
                    #expect(
                        Self.allowed[key] != nil, "\(path):\(number + 1) uses \(word), which has no reason in the table"
                    )
                }
            }
        }
        for (key, reason) in Self.allowed {
            #expect(found.contains(key), "nothing at '\(key)' any more: remove it from the table")
            #expect(reason.count > 20, "'\(key)' has no reason")
        }
    }
}
