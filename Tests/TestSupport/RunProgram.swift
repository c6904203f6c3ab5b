package import Foundation

/// Runs programs as people do, and returns what they said.
package enum RunProgram {
    package struct Result: Sendable {
        package var status: Int32
        package var output: String
        package var errors: String
    }

    package static var hftml: String { "\(SharedData.repository)/.build/release/hftml" }
    package static var runtime: String { "\(SharedData.repository)/.build/release/hftml-runtime" }

    package static func run(
        _ program: String, _ arguments: [String], in directory: String, environment: [String: String] = [:]
    ) throws -> Result {
        let process = try start(program, arguments, in: directory, environment: environment)
        process.waitUntilExit()
        let output = text(process.standardOutput), errors = text(process.standardError)
        return Result(
            status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: output, errors: errors)
    }

    /// Starts a program; its output goes to unnamed files, so that it can never block on a full pipe.
    package static func start(
        _ program: String, _ arguments: [String], in directory: String, environment: [String: String] = [:]
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        // Tests run at once and under one account: private keys lie with each project, unless a test has a home.
        var own = ["CI": "1", "NO_COLOR": "1"]
        if environment["HOME"] == nil { own["HFTML_KEYS_DIRECTORY"] = "\(directory)/Registry/keys" }
        process.environment = ProcessInfo.processInfo.environment.merging(own.merging(environment) { $1 }) { $1 }
        process.standardOutput = try unnamedFile()
        process.standardError = try unnamedFile()
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// What a program that was started has said on its standard error so far.
    package static func errors(of process: Process) -> String { text(process.standardError) }

    /// What stands in the unnamed file that a program wrote to.
    package static func text(_ output: Any?) -> String {
        (output as? FileHandle).flatMap {
            try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/fd/\($0.fileDescriptor)"))
        }.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Waits until something holds, for ten minutes at most: tests wait for what happens and never for a time, because
    /// machines differ in speed.
    /// - Returns: whether it came to hold.
    @discardableResult
    package static func wait(every milliseconds: UInt32 = 2, until condition: () throws -> Bool) rethrows -> Bool {
        let deadline = Date().addingTimeInterval(600)
        while Date() < deadline {
            if try condition() { return true }
            usleep(milliseconds * 1000)
        }
        return false
    }

    private static func unnamedFile() throws -> FileHandle {
        var template = Array("\(NSTemporaryDirectory())/hftml-out-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        unlink(template)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
