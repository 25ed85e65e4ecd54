# For Google Colab only: fetches what this notebook needs. Anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    import io
    import subprocess
    import urllib.request
    import zipfile

    with urllib.request.urlopen("ADDRESS") as answer:
        zipfile.ZipFile(io.BytesIO(answer.read())).extractall()
    # Colab's own NumPy and Jupyter stay as they are: pip installs only what is not there at all.
    for wheel in ["WHEELS"]:
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", wheel], check=True)
    print("Ready. Colab forgets the files of a session: when a network is saved (.npz), download it at once, on the")
    print("left under the folder. At the end: File > Download > Download .ipynb. Hand in all of these together.")
