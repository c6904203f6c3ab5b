import Basics
import Foundation

/// Starts children over ranges of cases; where one is ended by a signal, the case is named and the next child goes on
/// behind it.
struct Parent {
    let surface: Surface
    let seed: UInt64

    struct Fault {
        let number: UInt64
        let input: [UInt8]
        let reason: String
    }

    func run(count: Int) throws -> [Fault] {
        let directory = try ScratchDirectory()
        let progress = directory.file("progress")
        var faults: [Fault] = [], next: UInt64 = 0
        while next < UInt64(count), faults.count < 20 {
            try Data(repeating: 0xFF, count: 8).write(to: URL(fileURLWithPath: progress))
            let end = min(next + 20_000, UInt64(count))
            let status = try start(["cases", surface.name, "\(seed)", "\(next)", "\(end)", progress])
            guard let reason = status else {
                next = end
                continue
            }
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: progress)))
            let number = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard number != .max else {
                faults.append(Fault(number: next, input: [], reason: "\(reason) before the first case"))
                break
            }
            faults.append(Fault(number: number, input: surface.input(seed: seed, number: number), reason: reason))
            next = number + 1
        }
        return faults
    }

    /// Nil where it ended by itself.
    private func start(_ arguments: [String]) throws -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationReason == .exit {
            // What a reader throws is caught, so any other end is a fault of the reader or of the fuzzer itself.
            return process.terminationStatus == 0 ? nil : "exit \(process.terminationStatus)"
        }
        switch process.terminationStatus {
        case SIGPROF, SIGALRM: return "hang: more than \(Child.mostSeconds) s"
        case let signal: return "signal \(signal)"
        }
    }

    /// Halves what can be left out, while the fault stays; at most 200 children.
    func smallest(_ input: [UInt8]) throws -> [UInt8] {
        let directory = try ScratchDirectory(), file = directory.file("input")
        var tries = 0
        func fails(_ bytes: [UInt8]) -> Bool {
            tries += 1
            guard (try? Data(bytes).write(to: URL(fileURLWithPath: file))) != nil else { return false }
            return (try? start(["one", surface.name, file])).flatMap { $0 } != nil
        }
        guard fails(input) else { return input }
        var best = input, part = max(input.count / 2, 1)
        while tries < 200 {
            var at = 0, isSmaller = false
            while at < best.count, tries < 200 {
                var shorter = best
                shorter.removeSubrange(at..<min(at + part, best.count))
                if fails(shorter) { (best, isSmaller) = (shorter, true) } else { at += part }
            }
            if part == 1, !isSmaller { break }
            part = max(part / 2, 1)
        }
        return best
    }
}

/// Removed with what lies in it.
final class ScratchDirectory {
    let path: String

    init() throws {
        path = "\(NSTemporaryDirectory())/fuzz-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try Paths.makeDirectory(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
