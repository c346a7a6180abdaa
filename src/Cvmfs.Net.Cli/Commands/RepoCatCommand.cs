using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>repo cat</c>: the content of files, verified, on standard output.</summary>
internal static class RepoCatCommand
{
    public static Command Create(CliHost host)
    {
        var repository = new RepositoryArguments();
        var paths = new Argument<string[]>("PATH") { Description = "Files.", Arity = ArgumentArity.OneOrMore };
        var command = new CliCommand(
            "cat",
            "Write files to standard output. Nothing is written that was not verified.",
            "repo cat http://cvmfs-s1.example.org/cvmfs/software.example.org /init/bash -k example.org.pub",
            "repo cat /srv/cvmfs/software.example.org /.cvmfsdirtab --tag trunk-previous -k example.org.pub")
        {
            paths,
        };
        repository.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            var wanted = Array.ConvertAll(parse.GetRequiredValue(paths), PathArgument.Parse);
            await using var opened = await repository.OpenAsync(parse, host, cancellationToken);
            foreach (var path in wanted)
            {
                await using var content = await opened.OpenReadAsync(path, cancellationToken);
                await content.CopyToAsync(host.Output, cancellationToken);
            }

            await host.Output.FlushAsync(cancellationToken);
            return ExitCodes.Done;
        });
    }
}
