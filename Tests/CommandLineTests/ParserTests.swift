import Basics
import Foundation
import TestSupport
import Testing

/// How arguments lead to a command: global options anywhere, and an answer to every mistake.
@Suite struct ParserTests {
    private func run(_ arguments: [String], in directory: String) throws -> RunProgram.Result {
        try RunProgram.run(RunProgram.hftml, arguments, in: directory)
    }

    private func inDirectory(_ body: (String) throws -> Void) throws {
        let directory = try TemporaryDirectory()
        try withExtendedLifetime(directory) { try body(directory.path) }
    }

    @Test func `global options stand before, between and after the names of a command`() throws {
        try inDirectory { outside in
            let place = "\(outside)/project"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            let made = try run(["-C", place, "--json", "init", "--no-scm"], in: outside)
            #expect(made.status == 0)
            #expect(try JSONParser.parse(made.output)[key: "root"]?.stringValue == Paths.resolved(place))
            let orders = [
                ["-C", place, "--json", "models", "list"], ["models", "-C", place, "--json", "list"],
                ["models", "list", "--json", "-C", place], ["--json", "models", "-C", place],
                ["-qv", "-C", place, "models", "--json"],
            ]
            let results = try orders.map { try run($0, in: outside) }
            #expect(results.allSatisfy { $0.status == 0 })
            #expect(Set(results.map(\.output)).count == 1)
            #expect(try JSONParser.parse(results[0].output)[key: "schemaVersion"]?.intValue == 1)
        }
    }

    @Test func `what follows -- and values of options are left alone`() throws {
        try inDirectory { place in
            #expect(try run(["init", "--no-scm"], in: place).status == 0)
            try "x".write(toFile: "\(place)/--json", atomically: true, encoding: .utf8)
            let added = try run(["-q", "add", "--", "--json"], in: place)
            #expect(added.status == 0, "\(added.errors)")
            #expect(added.output.hasPrefix("--json.dvc"))
        }
    }

    @Test(arguments: [
        (["stauts"], "hftml status"), (["models", "lst"], "hftml models list"), (["runs", "shwo"], "hftml runs show"),
        (["remote", "ad"], "hftml remote add"), (["import", "yaho"], "hftml import yahoo"),
    ])
    func `a mistyped command names the nearest one and ends with 64`(arguments: [String], nearest: String) throws {
        try inDirectory { place in
            let plain = try run(arguments, in: place)
            #expect(plain.status == 64)
            #expect(plain.output.isEmpty)
            #expect(plain.errors.contains("did you mean '\(nearest)'?"))
            let json = try run(["--json"] + arguments, in: place)
            #expect(json.status == 64)
            let error = try #require(try JSONParser.parse(json.output)[key: "error"])
            #expect(error[key: "code"]?.stringValue == "usage.unknown-command")
            #expect(error[key: "hint"]?.stringValue == "did you mean '\(nearest)'?")
        }
    }

    @Test(arguments: [
        ["add"], ["status", "--clud"], ["repro", "-j", "many"], ["models", "list", "a", "b"], ["status", "-C"],
    ])
    func `arguments that cannot be parsed give an error document`(arguments: [String]) throws {
        try inDirectory { place in
            let plain = try run(arguments, in: place)
            #expect(plain.status == 64)
            #expect(plain.output.isEmpty)
            #expect(plain.errors.contains("usage: hftml \(arguments[0])"), "\(plain.errors)")
            let json = try run(["--json"] + arguments, in: place)
            #expect(json.status == 64)
            let document = try JSONParser.parse(json.output)
            #expect(document[key: "schemaVersion"]?.intValue == 1)
            #expect(document[path: "error.code"]?.stringValue == "usage.arguments")
            #expect(document[path: "error.message"]?.stringValue?.isEmpty == false)
            #expect(document[path: "error.hint"]?.stringValue?.hasPrefix("see: hftml \(arguments[0])") == true)
        }
    }

    @Test func `options without a command are wrong usage, help and version are not`() throws {
        try inDirectory { place in
            #expect(try run(["--json"], in: place).status == 64)
            #expect(try run(["--json", "pipeline"], in: place).status == 64)
            for arguments in [[], ["--help"], ["help", "models", "list"], ["models", "--help"], ["pipeline"]] {
                let result = try run(arguments, in: place)
                #expect(result.status == 0)
                #expect(result.output.contains("USAGE: hftml"))
            }
            #expect(try run(["--version"], in: place).output == "\(ToolVersion.current)\n")
        }
    }
}
