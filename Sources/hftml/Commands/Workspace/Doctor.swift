import ArgumentParser
import Documents
import Workflows

struct DoctorCommand: HftmlCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Show what is here: libraries, CPU kernels, Git, registry; exit 1 if something needed is missing.",
        discussion: """
            EXAMPLES
              hftml doctor
              hftml doctor --json
            """)

    @OptionGroup var common: CommonOptions

    mutating func perform(_ context: CommandContext) throws -> InstallationDocument {
        InstallationDocument(ExamineInstallation.run(context.caller))
    }
}
