import Basics
import Foundation
import TestSupport
import Testing

/// `-C DIR` from anywhere is the same as standing in the directory.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct DirectoryOptionTests {
    /// A small flow; every path is typed relative to the project.
    private static let flow = [
        "init --no-scm", "simulate market --config simulation.yaml -o Data/market", "add Data/market", "status",
        "check quality.yaml Data/market --market market.yaml --save out/quality.json",
        "features features.yaml Data/market --market market.yaml --quality out/quality.json -o out/f.safetensors",
        "train recipe.yaml --features out/f.safetensors -o out/m --seed 1 --threads 1",
        "evaluate out/m --on out/f.safetensors --strategy strategy.yaml -o out/m/evaluation --threads 1",
        "models register out/m --name m -o out/version.json",
        "gate out/version.json --policy easy "
            + "--features out/f.safetensors --strategy strategy.yaml", "lineage m/1",
        "remote add -d storage ../storage",
        "push", "repro Pipelines/small", "dag Pipelines/small", "move Data/market Data/bars", "status Data/bars",
    ]

    @Test("a flow typed with -C from elsewhere leaves the same files as one typed inside")
    func sameFromAnywhere() throws {
        let place = try TemporaryDirectory()
        var files: [[String: String]] = []
        for name in ["inside", "outside"] {
            let project = place.file("\(name)/project")
            try Paths.makeDirectory(place.file(name))
            try FileManager.default.copyItem(
                atPath: "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/project", toPath: project)
            let elsewhere = place.file("\(name)-elsewhere")
            try Paths.makeDirectory(elsewhere)
            for line in DirectoryOptionTests.flow {
                let words = line.split(separator: " ").map(String.init)
                let isInside = name == "inside"
                let result = try RunProgram.run(
                    RunProgram.hftml, isInside ? words : ["-C", "../outside/project"] + words,
                    in: isInside ? project : elsewhere)
                #expect(result.status == 0, "\(name): \(line): \(result.errors)\(result.output)")
            }
            #expect(try Paths.entries(elsewhere).isEmpty, "nothing is written where the command was typed")
            files.append(try DirectoryOptionTests.contents(project))
        }
        #expect(files[0].keys.sorted() == files[1].keys.sorted())
        for (path, text) in files[0] { #expect(files[1][path] == text, "\(path)") }
    }

    @Test("several -C are joined; a working directory that was removed ends with what to do")
    func joined() throws {
        let place = try TemporaryDirectory(), real = Paths.resolved(place.path)
        try Paths.makeDirectory(place.file("a/b"))
        let made = try RunProgram.run(
            RunProgram.hftml, ["-C", "a", "-C", "b", "--json", "init", "--no-scm"], in: place.path)
        #expect(made.status == 0 && Paths.isDirectory("\(real)/a/b/.dvc"), "\(made.errors)")
        let script = "mkdir gone && cd gone && rmdir ../gone && exec \"$@\""
        func run(_ words: String...) throws -> RunProgram.Result {
            try RunProgram.run("/bin/sh", ["-c", script, "sh", RunProgram.hftml] + words, in: place.path)
        }
        let removed = try run("status")
        #expect(removed.status == 1 && removed.errors.contains("the working directory has been removed"))
        let named = try run("-C", "\(real)/a/b", "status")
        #expect(named.status == 0, "\(named.errors)")
    }

    /// What the flow makes that holds no times and no ids of runs.
    private static func contents(_ project: String) throws -> [String: String] {
        let made = ["Data/bars.dvc", ".dvc/config", "out/m/model.safetensors", "Pipelines/small/dvc.lock"]
        let found = try made.map { ($0, try Digest.sha256(file: "\(project)/\($0)")) }
        return Dictionary(uniqueKeysWithValues: found)
    }
}
