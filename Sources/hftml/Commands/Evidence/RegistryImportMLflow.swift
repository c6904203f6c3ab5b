import ArgumentParser
import Documents
import Workflows

struct RegistryImportMLflowCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-mlflow",
        abstract: """
            Bring the history of an MLflow server over: experiments, runs, metric histories, models, versions, \
            aliases, files.
            """,
        discussion: """
            EXAMPLES
              hftml registry import-mlflow mlflow.db
              hftml registry import-mlflow sqlite:///srv/mlflow.db --artefacts /srv/mlartifacts
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The server's SQLite file.", completion: .file()) var location: String
    @Option(
        help: "Where the server keeps mlflow-artifacts:/; mlartifacts beside the file by default.",
        completion: .directory) var artefacts: String?
    @Flag(help: "Leave files where they are.") var noArtefacts = false

    func perform(_ context: CommandContext) throws -> MLflowImportDocument {
        let terminal = context.terminal
        let summary = try ImportMLflow.run(
            location, artefactRoot: artefacts.map(context.path), copiesArtefacts: !noArtefacts,
            session: try context.session(),
            progress: { done, all in terminal.showProgress("\(done) of \(all) runs") })
        terminal.clearLine()
        let document = MLflowImportDocument(summary)
        if !common.json { document.remarks.forEach(terminal.say) }
        return document
    }
}
