using System.CommandLine;
using Cvmfs.Net.Publishing.Signing;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>publish keys</c>: a master key and a certificate for a new repository.</summary>
internal static class PublishKeysCommand
{
    public static Command Create(CliHost host)
    {
        var name = new Argument<string>("FQRN") { Description = "The repository's name, such as software.example.org." };
        var folder = new Option<string>("--keys") { Description = "Folder to write them to; existing keys are never overwritten.", HelpName = "DIR", Required = true };
        var bits = new Option<int>("--bits") { Description = "Bits of both keys.", HelpName = "N", DefaultValueFactory = _ => PublisherKeys.DefaultKeyBits };
        bits.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 2048 or > 8192) result.AddError("--bits: expected 2048 to 8192.");
        });
        var command = new CliCommand(
            "keys",
            "Make the keys of a new repository: <name>.masterkey, .pub, .crt and .key.",
            "publish keys software.example.org --keys ./keys")
        {
            name, folder, bits,
        };
        return command.Runs(async (parse, cancellationToken) =>
        {
            var repository = NameArgument.Parse(parse.GetRequiredValue(name));
            string target = Path.GetFullPath(parse.GetRequiredValue(folder));
            using var keys = PublisherKeys.Create(repository, parse.GetValue(bits), host.Clock);
            await keys.SaveAsync(target, cancellationToken);
            await host.Error.WriteLineAsync($"Keys of {repository} are in {target}. Readers need {repository}.pub; keep {repository}.masterkey away from the server.");
            return ExitCodes.Done;
        });
    }
}
