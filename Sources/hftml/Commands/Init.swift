import ArgumentParser
import Basics
import DataVersioning

struct InitCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a workspace in this directory; safe to repeat.",
        discussion: """
            EXAMPLES
              hftml init
              hftml -C new-project init
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Do not insist on a Git repository.") var noScm = false

    mutating func perform() throws {
        if !noScm, GitRepository(containing: ".") == nil {
            throw Failure("init.no-git", "found no Git repository here", hint: "run git init first, or: hftml init --no-scm")
        }
        let workspace = try Workspace.create(".")
        for directory in ["Pipelines", "Registry", "Data"] { try Paths.makeDirectory(Paths.join(workspace.root, directory)) }
        if common.json {
            emit(JSONValue.map(["schemaVersion": .int(1), "root": .string(workspace.root)]).text(.pretty))
        } else {
            emit("workspace ready: .dvc, Pipelines, Registry, Data")
        }
    }
}
