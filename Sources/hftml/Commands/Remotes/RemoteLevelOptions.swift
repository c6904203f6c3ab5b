import ArgumentParser
import Documents
import Workflows

/// Which of DVC's configuration files is edited.
struct RemoteLevelOptions: ParsableArguments {
    @Flag(help: "In .dvc/config.local, which Git ignores: for secrets.") var local = false
    @Flag(help: "For all repositories of this user.") var global = false
    @Flag(help: "For all users of this machine.") var system = false

    var level: ConfigureRemote.Level { local ? .local : global ? .global : system ? .system : .project }
}
