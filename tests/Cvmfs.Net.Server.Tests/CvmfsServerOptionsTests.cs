using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server.Tests;

public sealed class CvmfsServerOptionsTests
{
    [Fact]
    public async Task Refuses_settings_that_cannot_work_before_the_first_request()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        Assert.Contains("RootFolder", Assert.Throws<OptionsValidationException>(() => app.MapCvmfs(new CvmfsServerOptions())).Message, StringComparison.Ordinal);
        var tooLong = new CvmfsServerOptions { RootFolder = "/x", NotFoundLifetime = TimeSpan.FromSeconds(62) };
        Assert.Contains("00:01:01", Assert.Throws<OptionsValidationException>(() => app.MapCvmfs(tooLong)).Message, StringComparison.Ordinal);
    }
}
