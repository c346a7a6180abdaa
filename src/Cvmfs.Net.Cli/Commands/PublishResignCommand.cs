using System.CommandLine;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>publish resign</c>: signs the whitelist anew before it expires, and the manifest with it.</summary>
internal static class PublishResignCommand
{
    public static Command Create(CliHost host)
    {
        var place = new PublishArguments();
        var days = new Option<int>("--days") { Description = "How long the new whitelist is valid.", HelpName = "N", DefaultValueFactory = _ => 30 };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 36_500) result.AddError("--days: expected 1 to 36500.");
        });
        var command = new CliCommand(
            "resign",
            "Sign the whitelist and the manifest anew. Needs the master key.",
            "publish resign --storage /srv/cvmfs/software.example.org --keys ./keys --days 30")
        {
            days,
        };
        place.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            await PublishErrors.TranslateAsync(async () =>
            {
                using var open = await place.OpenAsync(parse, host, null, cancellationToken);
                await open.Publisher.ResignAsync(TimeSpan.FromDays(parse.GetValue(days)), cancellationToken);
            });
            await host.Error.WriteLineAsync($"The whitelist is valid for {parse.GetValue(days)} days.");
            return ExitCodes.Done;
        });
    }
}
