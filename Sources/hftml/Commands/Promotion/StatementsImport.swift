import ArgumentParser
import Basics
import Documents
import Workflows

struct StatementsImportCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take up signed statements from files; exit 2 where one that is named does not count here.",
        discussion: """
            EXAMPLES
              hftml statements import signed
              hftml statements import /mnt/desk/statements --if-exists --json

            A statement counts by its signature, and by what its key may do here, never by who brings it. Of a
            directory, which others may write to, files that do not count are told and passed over. What is on record
            already, or about a version that is not here, changes nothing. Whoever brings a rejection of what is in
            force reads so.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files, or directories of them.", completion: .file()) var places: [String]
    @Flag(help: "A place that is not there is no error.") var ifExists = false
    @Flag(help: "What stops all of it is told and is no error: for what must not wait, such as a rollback.")
    var keepGoing = false

    func perform(_ context: CommandContext) throws -> TakenStatementsDocument {
        var taken = CarryStatements.Taken()
        do {
            // The rollback that follows signs the head: an authority that does not answer would hold it up here.
            try CarryStatements.run(
                places, isOptional: ifExists, signsHead: !keepGoing, session: try context.session(), into: &taken)
        } catch let error as any UserFacingError where keepGoing {
            context.say("not all was taken up; what was stands: \(error.message)")
        }
        if !common.json {
            for file in taken.passed { context.terminal.say("does not count here: \(file.reason)") }
        }
        return TakenStatementsDocument(taken)
    }
}
